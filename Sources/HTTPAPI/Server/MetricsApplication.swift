import Formats
import HTTPServer

/// The metrics' own listener: `GET /metrics` and nothing else.
final class MetricsApplication: HTTPApplication {
  private let house: House
  private let counters: @Sendable () -> HTTPCounters
  private var ids = RequestIDs()

  init(_ house: House, counters: @escaping @Sendable () -> HTTPCounters) {
    (self.house, self.counters) = (house, counters)
  }

  func turn() {}

  func bodyLimit(_ request: borrowing HTTPRequest) -> Int? { nil }

  func handle(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) {
    var answer: Answer
    let path = Array(copying: request.path)
    if !path.elementsEqual("/metrics".utf8) {
      answer = Problem.noSuchRoute.answer(requestID: "")
    } else if request.method != .get && request.method != .head {
      answer = Problem.methodNotAllowed("GET, HEAD").answer(requestID: "")
    } else {
      answer = Answer(status: .ok, body: .metrics(Array(house.metrics.text(house, counters()).utf8)))
    }
    response.send(answer, requestID: ids.nextText())
  }

  func refuse(_ refusal: HTTPRefusal, _ response: inout HTTPResponse) {
    response.send(Problem(refusal).answer(requestID: ""), requestID: ids.nextText())
  }

  func finished(_ request: borrowing HTTPRequest, _ record: HTTPRecord) {}
}
