import Glibc
import Synchronization

@testable import HTTPServer

/// Says what it was asked, in the words of `/…` below. Anything else is echoed: method, path, query, authority, body.
final class TestApplication: HTTPApplication {
  /// What the tests look at and hold on to.
  final class Desk: Sendable {
    let exchanges = Locked<[HTTPExchange]>([])
    let records = Locked<[HTTPRecord]>([])
    let turns = Atomic(0)
    /// Nil: the largest body of each target.
    let bodyLimit = 1_000
    /// Run in `turn()`, on the loop's thread.
    let onTurn = Locked<(@Sendable () -> Void)?>(nil)

    /// The next request for `/later`, once it has come.
    func nextExchange() -> HTTPExchange {
      waitFor { exchanges.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    /// What was recorded, once there is as much.
    func records(_ count: Int) -> [HTTPRecord] {
      waitFor { records.withLock { $0.count < count ? nil : $0 } }
    }
  }

  private let desk: Desk

  init(_ desk: Desk) { self.desk = desk }

  func turn() {
    desk.turns.add(1, ordering: .relaxed)
    desk.onTurn.withLock { $0 }?()
  }

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

/// What a stream was told.
final class Events: Sendable {
  private let list = Locked<[HTTPStream.Event]>([])

  var all: [HTTPStream.Event] { list.withLock { $0 } }

  func add(_ event: HTTPStream.Event) { list.withLock { $0.append(event) } }

  /// Waits until it was told, and forgets it.
  func wait(for event: HTTPStream.Event) {
    waitFor { list.withLock { list in list.firstIndex(of: event).map { _ = list.remove(at: $0) } } }
  }
}

/// Asks again and again, and gives up after ten seconds.
func waitFor<Value>(_ value: () -> Value?) -> Value {
  for _ in 0..<10_000 {
    if let value = value() { return value }
    usleep(1_000)
  }
  preconditionFailure("it did not happen within ten seconds")
}

extension Span<UInt8> {
  var text: String { String(decoding: (0..<count).map { self[$0] }, as: UTF8.self) }
}
