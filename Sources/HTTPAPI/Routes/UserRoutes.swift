import HTTPServer
import KeyLedger
import LedgerService

enum UserRoutes {
  static let all = [
    Route(.get, "/v1/users", "The users, newest first", query: [.at], .read(.seeLedger, list)),
    Route(
      .post, "/v1/users", "Add a user; the access token is in the answer, this once",
      body: [
        .required("handle", .text, .length(1...254)), .required("role", .text, .choice(Role.allCases.map(\.rawValue))),
      ], success: .created,
      .change(add)),
    Route(.get, "/v1/users/me", "Who calls", .read(.seeLedger, me)),
    Route(
      .post, "/v1/users/me/token", "Renew one's own access token; the new one is in the answer, this once",
      .change { (call) throws(Refusal) in call.request(.renewToken(user: call.ownName)) }),
    Route(
      .put, "/v1/users/{user}/role", "Change a user's role",
      body: [.required("role", .text, .choice(Role.allCases.map(\.rawValue)))], .change(changeRole)),
    Route(
      .delete, "/v1/users/{user}", "Remove a user",
      .change { (call) throws(Refusal) in call.request(.removeUser(user: call.segments[0])) }),
    Route(
      .post, "/v1/users/{user}/forget", "Destroy the handle of a user who was removed",
      .change { (call) throws(Refusal) in call.request(.forgetUser(user: call.segments[0])) }),
    Route(
      .delete, "/v1/users/{user}/token", "End a user's access token",
      .change { (call) throws(Refusal) in call.request(.endToken(user: call.segments[0])) }),
  ]

  private static func list(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let all = try reading.queries.users(at: reading.moment).map { reading.shapes.user($0) }
    return .json(reading.shapes.list("users", all))
  }

  private static func me(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    .json(reading.shapes.user(try reading.queries.user(call.ownName, at: reading.moment)))
  }

  private static func add(_ call: Call) throws(Refusal) -> Request {
    call.request(.addUser(handle: call.body.required("handle"), role: try role(call)))
  }

  private static func changeRole(_ call: Call) throws(Refusal) -> Request {
    call.request(.changeRole(user: call.segments[0], role: try role(call)))
  }

  private static func role(_ call: Call) throws(Refusal) -> Role {
    guard
      let role = Role.allCases.first(where: {
        sameBytes($0.rawValue, call.body.required("role"))
      })
    else {
      let words = Role.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal(.badUsage, "role is one of \(words).", field: "role")
    }
    return role
  }
}

extension Call {
  /// The id of the user who calls. A key is no user: what only a user may do it is refused before anybody looks for one.
  fileprivate var ownName: String {
    if case .user(let id, _) = credential { id.description } else { "me" }
  }
}
