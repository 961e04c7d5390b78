import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// The API as one event loop serves it. Nothing here waits: questions go to their desk, commands to the writer, and their
/// answers come back through the exchange.
final class APIApplication: HTTPApplication {
  private let house: House
  private let gate: Gatekeeper
  private let gateHandler: GateHandler
  private let router = Router(RouteTable.all)
  private var ids = RequestIDs()
  private var lastProblem: String?

  /// Folds the log, unless another loop has. Cost: proportional to it.
  init(_ house: House) throws(Refusal) {
    self.house = house
    gate = try Gatekeeper(house.configuration.directory, clock: house.clock, sharing: house.keeper.index)
    gateHandler = GateHandler(house, gate)
  }

  func turn() {
    gate.beginTurn()
    let reason = gate.problem?.message
    // Told once, however many requests meet it.
    if let reason, reason != lastProblem { house.log.add("Verification refuses: \(reason)", at: house.clock.now()) }
    lastProblem = reason
  }

  func bodyLimit(_ request: borrowing HTTPRequest) -> Int? {
    GateHandler.isMeant(request.path) ? nil : CallBody.limit
  }

  func handle(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) {
    if GateHandler.isMeant(request.path) {
      let id = ids.next()
      return gateHandler.handle(request, &response, requestID: id.span)
    }
    var journey = Journey(request, id: ids.nextText(), house)
    do throws(Problem) {
      guard house.hosts.admits(request.authority) else { throw .misdirected }
      if let file = try ConsoleFiles.answer(request) { return journey.end(file, &response) }
      let (route, segments) = try router.find(request.method, request.path)
      journey.route = route
      try perform(route, segments, request, &journey, &response)
    } catch {
      journey.end(error.answer(requestID: journey.id), &response)
    }
  }

  private func perform(
    _ route: Route, _ segments: [String], _ request: borrowing HTTPRequest, _ journey: inout Journey,
    _ response: inout HTTPResponse
  ) throws(Problem) {
    if case .open(let open) = route.work {
      let answer = try OpenHandler(house: house, gate: gate).answer(open, route, request)
      return journey.end(answer, &response)
    }
    let credential = try Authentication(gate: gate, house: house).caller(request)
    journey.caller = credential
    let call = try call(route, segments, request, credential, journey.id)
    switch route.work {
    case .open: preconditionFailure("open routes were answered")
    case .read(let action, let question): Errand(journey, call).ask(action, question, response.later())
    case .change(let command): try change(command, call, journey, &response)
    case .events: try EventsHandler(house: house).begin(call, request, journey, &response)
    }
  }

  private func call(
    _ route: Route, _ segments: [String], _ request: borrowing HTTPRequest, _ credential: Credential, _ id: String
  ) throws(Problem) -> Call {
    let query = try CallQuery(Array(copying: request.query), knowing: route.query.map(\.name))
    let hasBody = !request.body.isEmpty
    guard !hasBody || JSONContent.isAnnounced(request) else { throw .notJSON }
    let body =
      hasBody || route.isChange || !route.body.isEmpty
      ? try CallBody(Array(copying: request.body), taking: route.body) : .none
    return Call(
      requestID: id, route: route, segments: segments, query: query, body: body, credential: credential,
      marks: route.isChange ? try ChangeMarks(request) : .none, now: house.clock.now(), house: house)
  }

  private func change(
    _ command: @Sendable (Call) throws(Refusal) -> Request, _ call: Call, _ journey: Journey,
    _ response: inout HTTPResponse
  ) throws(Problem) {
    let request: Request
    do throws(Refusal) {
      request = try command(call)
    } catch {
      throw Problem(error, members: call.route.body.map(\.name))
    }
    if case .key(_, let id) = call.credential, !request.command.endsSomething,
      let seconds = house.limiter.take(id, at: call.now)
    {
      throw .tooManyChanges(after: seconds)
    }
    Errand(journey, call).submit(request, response.later())
  }

  func refuse(_ refusal: HTTPRefusal, _ response: inout HTTPResponse) {
    let id = ids.nextText()
    response.send(Problem(refusal).answer(requestID: id), requestID: id)
  }

  func finished(_ request: borrowing HTTPRequest, _ record: HTTPRecord) {
    if GateHandler.isMeant(request.path) { house.metrics.observeGate(record.duration) }
  }
}

extension Command {
  /// Revoking is never limited: who has lost a key must be able to end it.
  fileprivate var endsSomething: Bool { if case .revokeKey = self { true } else { false } }
}
