import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// What is done for a call beyond the loop, and the answer that it brings back.
struct Errand: Sendable {
  private let journey: Journey
  private let call: Call

  init(_ journey: Journey, _ call: Call) { (self.journey, self.call) = (journey, call) }

  /// A question, on one of the desk's threads.
  func ask(
    _ action: Action, _ question: @escaping @Sendable (CallerReading, Call) throws(Refusal) -> Answer,
    _ exchange: HTTPExchange
  ) {
    let isTaken = call.house.questions.ask { [journey, call] opened in
      do throws(Refusal) {
        let queries = try opened.get()
        let reading = try CallerReading(
          queries, by: call.credential, to: action, at: try call.point(), page: try call.cursor()?.moment)
        var answer = try question(reading, call)
        if call.namesItsMoment, answer.mayLast, reading.isLasting { answer.caching = .forEver }
        journey.end(answer, exchange)
      } catch {
        journey.end(Problem(error, members: call.route.body.map(\.name)), exchange)
      }
    }
    if !isTaken { journey.end(Problem.tooBusy, exchange) }
  }

  /// A command: done by the writer, told by the desk for outcomes, because names are read for it.
  func submit(_ request: Request, _ exchange: HTTPExchange) {
    call.house.service.submit(request) { [self] result in
      call.house.metrics.observeChange(journey.duration)
      switch result {
      case .failure(let refusal):
        journey.end(Problem(refusal, members: call.route.body.map(\.name)), exchange)
      case .success(let outcome):
        let isTaken = call.house.outcomes.ask { opened in tell(outcome, of: request.command, opened, exchange) }
        if !isTaken { journey.end(Problem.unseenChange, exchange) }
      }
    }
  }

  private func tell(
    _ outcome: Outcome, of command: Command, _ opened: Result<Queries, Refusal>, _ exchange: HTTPExchange
  ) {
    do throws(Refusal) {
      let shapes = try Shapes(try opened.get(), telling: outcome, showsNames: call.seesNames)
      let json = try shapes.outcome(outcome, of: command)
      let isUnchanged = call.route.mayChangeNothing && outcome.events.isEmpty
      journey.end(.json(json, isUnchanged ? .ok : call.route.success), exchange)
    } catch {
      journey.end(Problem.unseenChange, exchange)
    }
  }
}

extension Call {
  /// Handles are shown to users alone.
  fileprivate var seesNames: Bool { if case .key = credential { false } else { true } }
}
