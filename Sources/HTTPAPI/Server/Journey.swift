import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// A request on its way to its answer, with what the log and the journal say of it in the end.
struct Journey: Sendable {
  let id: String
  var route: Route?
  var caller: Credential?
  private let method: HTTPMethod
  private let path: [UInt8]
  private let house: House
  private let begun = HTTPServer.monotonic()

  init(_ request: borrowing HTTPRequest, id: String, _ house: House) {
    (self.id, self.house) = (id, house)
    method = request.method
    path = Array(copying: request.path)
  }

  /// Nanoseconds since it was read.
  var duration: UInt64 { HTTPServer.monotonic() - begun }

  /// Answers at once.
  func end(_ answer: Answer, _ response: inout HTTPResponse) {
    note(answer.status)
    response.send(answer, requestID: id)
  }

  /// Answers later, from any thread.
  func end(_ answer: Answer, _ exchange: HTTPExchange) {
    note(answer.status)
    exchange.answer(answer.status, answer.fields(requestID: id), answer.content)
  }

  func end(_ problem: Problem, _ exchange: HTTPExchange) { end(problem.answer(requestID: id), exchange) }

  /// For the log, the metrics and, where a key calls, the journal.
  func note(_ status: HTTPStatus) {
    let now = house.clock.now()
    house.metrics.count(route, method, status)
    house.log.add(
      AccessLog.Entry(
        time: now, requestID: id, method: method, path: path, caller: caller?.actor, status: status,
        duration: Int64(clamping: duration / 1_000)))
    if case .key(let environment, let key) = caller {
      // The key was good; whether it may do that was judged behind it.
      let use = JournaledOperation(
        time: now, environment: environment, key: key, permission: nil,
        outcome: status == .forbidden ? .insufficientScope : .valid)
      house.journal.record(use, method: method.name.description.utf8.span, path: path.span)
    }
  }
}

extension HTTPResponse {
  /// A whole answer.
  mutating func send(_ answer: Answer, requestID: String) {
    begin(answer.status)
    fields(answer.fields(requestID: requestID))
    end(answer.content.span)
  }
}
