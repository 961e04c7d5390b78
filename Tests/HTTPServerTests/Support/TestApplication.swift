import HTTPServer
import Synchronization

/// Says what it was asked, in the words of `/…` below. Anything else is echoed: method, path, query, authority, body.
final class TestApplication: HTTPApplication {
  /// What the tests look at and hold on to.
  final class Desk: Sendable {
    let exchanges = Mutex<[HTTPExchange]>([])
    let records = Mutex<[HTTPRecord]>([])
    let turns = Atomic(0)
    /// Nil: the largest body of each target.
    let bodyLimit = 1_000
  }

  private let desk: Desk

  init(_ desk: Desk) { self.desk = desk }

  func turn() { desk.turns.add(1, ordering: .relaxed) }

  func bodyLimit(_ request: borrowing HTTPRequest) -> Int? {
    request.path.text == "/unread" ? nil : desk.bodyLimit
  }

  func handle(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) {
    switch request.path.text {
    case "/none":
      response.begin(.noContent)
      response.end()
    case "/later": desk.exchanges.withLock { $0.append(response.later()) }
    case "/silent": break
    case "/broken":
      response.begin(.ok)
      response.field("X-Broken", Array("a\r\nb".utf8).span)
      response.end()
    case "/large":
      response.begin(.ok)
      response.end([UInt8](repeating: 0x61, count: 8_000_000).span)
    case "/close":
      response.closeAfterwards()
      response.begin(.ok)
      response.end()
    default: echo(request, &response)
    }
  }

  private func echo(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) {
    let words = [
      request.methodBytes.text, request.path.text, request.hasQuery ? request.query.text : "-", request.authority.text,
      request.body.text,
    ]
    response.begin(.ok)
    response.field("Content-Type", "text/plain")
    response.end(Array(words.joined(separator: " ").utf8).span)
  }

  func refuse(_ refusal: HTTPRefusal, _ response: inout HTTPResponse) {
    response.begin(refusal.status)
    response.end(Array("\(refusal)".utf8).span)
  }

  func finished(_ request: borrowing HTTPRequest, _ record: HTTPRecord) {
    desk.records.withLock { $0.append(record) }
  }
}

extension Span<UInt8> {
  var text: String { String(decoding: (0..<count).map { self[$0] }, as: UTF8.self) }
}
