import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// What anybody may ask, answered on the loop: probes, the description of the API, and the way to a session.
struct OpenHandler {
  let house: House
  let gate: Gatekeeper

  func answer(_ open: Route.OpenRoute, _ route: Route, _ request: borrowing HTTPRequest) throws(Problem) -> Answer {
    _ = try CallQuery(Array(copying: request.query), knowing: [])
    switch open {
    case .healthz: return .text("ok\n")
    case .readyz: return readiness
    case .openAPI: return Answer(status: .ok, body: .json(OpenAPI.document))
    case .openSession: return try openSession(route, request)
    case .closeSession: return try closeSession(request)
    }
  }

  /// Whether keys are verified.
  private var readiness: Answer {
    do throws(Refusal) {
      _ = try gate.now()
      return .text("ok\n")
    } catch {
      house.log.add("Not ready: \(error.message)", at: house.clock.now())
      return Answer(
        status: .serviceUnavailable, body: .text(Array("not ok\n".utf8)), extra: [("Retry-After", "1")])
    }
  }

  private func openSession(_ route: Route, _ request: borrowing HTTPRequest) throws(Problem) -> Answer {
    guard JSONContent.isAnnounced(request) else { throw .notJSON }
    let body = try CallBody(Array(copying: request.body), taking: route.body)
    let (found, mustRenew): (Credential?, Bool)
    do throws(Refusal) {
      found = try Authentication(gate: gate, house: house).user(token: body.required("token").utf8.span)
      mustRenew = if case .user(let id, _) = found { try gate.mustRenew(id) } else { false }
    } catch {
      throw Problem(error)
    }
    guard case .user(let id, let token) = found else { throw .unauthenticated }
    guard !mustRenew else {
      throw Problem(
        Refusal(
          .tokenMustBeRenewed, "This token was issued by somebody else: renew it first, with POST /v1/users/me/token."))
    }
    let cookie = house.sessions.open(id, token: token, at: house.clock.now())
    return Answer.json(.object([JSONMember("user", .string(id.description))]), .created)
      .with("Set-Cookie", Cookie.setting(cookie, isLoopback: isLoopback(request)))
  }

  private func closeSession(_ request: borrowing HTTPRequest) throws(Problem) -> Answer {
    guard let cookie = try Cookie.find(request) else { throw .unauthenticated }
    try SameOrigin.check(request)
    house.sessions.close(cookie.span)
    return Answer(status: .noContent, body: .nothing)
      .with("Set-Cookie", Cookie.setting(nil, isLoopback: isLoopback(request)))
  }

  private func isLoopback(_ request: borrowing HTTPRequest) -> Bool {
    HostCheck(names: []).admits(request.authority)
  }
}
