import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// A request on its way to its answer, with what the log says of it in the end.
struct Journey: Sendable {
  let id: String
  var route: Route?
  var caller: Actor?
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

  /// For the log and the metrics.
  func note(_ status: HTTPStatus) {
    house.metrics.count(route, method, status)
    house.log.add(
      AccessLog.Entry(
        time: house.clock.now(), requestID: id, method: method, path: path, caller: caller, status: status,
        duration: Int64(clamping: duration / 1_000)))
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
