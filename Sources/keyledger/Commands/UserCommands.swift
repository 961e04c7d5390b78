import Formats
import KeyLedger
import LedgerService

enum UserCommands {
  static let group = CommandGroup(
    "user", "Who may look and who may change",
    [
      CommandSpec(
        path: ["user", "add"], summary: "Add a user and show the access token, this once",
        discussion: ["The handle is kept sealed, beside the log: `user forget` destroys it for good."],
        arguments: [ArgumentSpec(name: "HANDLE", help: "an e-mail address or a login name")],
        options: [.value("role", "ROLE", "what the user may do", of: roles, required: true)], effect: .changes,
        examples: ["keyledger user add ada@example.com --role owner"], run: add),
      CommandSpec(
        path: ["user", "role"], summary: "Change what a user may do",
        arguments: [user, ArgumentSpec(name: "ROLE", help: "the new role", value: roles)], effect: .changes,
        examples: ["keyledger user role ada@example.com read_only"], run: role),
      CommandSpec(
        path: ["user", "token"], summary: "Renew a user's access token and show it, this once", arguments: [user],
        effect: .changes, examples: ["keyledger user token ada@example.com --quiet"], run: token),
      CommandSpec(
        path: ["user", "end-token"], summary: "End a user's access token", arguments: [user], effect: .changes,
        examples: ["keyledger user end-token ada@example.com"], run: endToken),
      CommandSpec(
        path: ["user", "remove"], summary: "Remove a user; the name stays known until it is forgotten",
        arguments: [user], options: [Confirmation.option], effect: .changes,
        examples: ["keyledger user remove ada@example.com --yes"], run: remove),
      CommandSpec(
        path: ["user", "forget"], summary: "Destroy a removed user's name; the log keeps what usr_… did",
        arguments: [user], options: [Confirmation.option], effect: .changes,
        examples: ["keyledger user forget ada@example.com --yes"], run: forget),
      CommandSpec(
        path: ["user", "list"], summary: "List users, newest first", effect: .reads, examples: ["keyledger user list"],
        run: list),
    ])

  static let tokenHint =
    "The token is shown this once; only its SHA-256 is kept. `keyledger user token USER` makes another."

  /// Of a token that was made where only the bare value was asked for.
  static func unshown(_ user: String) -> String {
    TextWidth.harmless("The access token was not shown; `keyledger user token \(user)` issues another.")
  }

  private static let user = ArgumentSpec(name: "USER", help: "a handle or an id", value: .completed(.users))
  private static let roles = ValueSpec.choice(Role.allCases.map(\.rawValue))

  // MARK: Changing

  private static func add(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    guard let role = invocation.choice("role", as: Role.self) else { preconditionFailure("the parser requires a role") }
    let handle = invocation.argument("HANDLE")
    return try session.change(
      .addUser(handle: handle, role: role), tokenView("Added", bare: { $0["user"]?.text("id") }, leavesTokenOut: true))
  }

  private static func token(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    try session.change(
      .renewToken(user: invocation.argument("USER")), tokenView("Renewed the token of", bare: { $0["token"]?.string }))
  }

  private static func tokenView(_ done: String, bare: @escaping (JSON) -> String?, leavesTokenOut: Bool = false)
    -> ChangeView
  {
    ChangeView(
      headline: { "\(done) \(shown($0["user"] ?? .null))." }, bare: { bare($0).map { [$0] } ?? [] },
      facts: { details, json, _ in
        facts(&details, json["user"] ?? .null)
        details.add("Token", json["token"]?.string.map { Styled($0, .strong) })
      },
      hints: { $0["token"] == nil ? [] : [tokenHint] },
      unshown: { leavesTokenOut && $0["token"] != nil ? [unshown(shown($0["user"] ?? .null))] : [] })
  }

  private static func role(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    guard let role = Role(rawValue: invocation.argument("ROLE")) else {
      preconditionFailure("the parser lets only roles through")
    }
    let command = Command.changeRole(user: invocation.argument("USER"), role: role)
    return try session.change(command, view { "\($0) is now \(role.rawValue)." })
  }

  private static func endToken(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    try session.change(.endToken(user: invocation.argument("USER")), view { "Ended the token of \($0)." })
  }

  private static func remove(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let mayGoOn = try confirm(invocation, session, "Remove this user?") {
      "\($0) would lose access now. What was done stays in the log, and so does the name until it is forgotten."
    }
    guard mayGoOn else { return .written(.refused) }
    return try session.change(.removeUser(user: invocation.argument("USER")), view { "Removed \($0)." })
  }

  private static func forget(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let mayGoOn = try confirm(invocation, session, "Forget this user?") {
      "The name \($0) would be destroyed. The log will say what the id did, and nobody can tell any more who it was. "
        + "This cannot be undone."
    }
    guard mayGoOn else { return .written(.refused) }
    return try session.change(.forgetUser(user: invocation.argument("USER")), view { "Forgot \($0)." })
  }

  private static func confirm(
    _ invocation: Invocation, _ session: Session, _ question: String, _ consequence: (String) -> String
  ) throws(Refusal) -> Bool {
    try Confirmation.given(invocation, session, question) { () throws(Refusal) in
      let reading = try session.reading()
      let user = try reading.queries.user(invocation.argument("USER"), at: reading.moment)
      return [consequence(shown(reading.shapes.user(user)))]
    }
  }

  private static func view(_ headline: @escaping (String) -> String) -> ChangeView {
    ChangeView(
      headline: { headline(shown($0)) }, bare: { [$0.text("id")] }, facts: { details, json, _ in facts(&details, json) }
    )
  }

  private static func facts(_ details: inout Details, _ user: JSON) {
    details.add("Id", user.text("id"))
    details.add("Handle", handle(user))
    details.add("Role", user.text("role"))
  }

  // MARK: Reading

  /// A handle, else the id.
  private static func shown(_ user: JSON) -> String { user["handle"]?.string ?? user.text("id") }

  /// A handle, or why there is none.
  private static func handle(_ user: JSON) -> Styled {
    switch user.text("handle_state") {
    case "known": Styled(user.text("handle"))
    case "forgotten": Styled("forgotten", .quiet)
    case "mismatch": Styled("does not match the log", .ended)
    case "unavailable": Styled("cannot be read now", .ended)
    default: Styled("lost from the vault", .ended)
    }
  }

  private static func list(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let all = try reading.queries.users(at: reading.moment).map { reading.shapes.user($0) }
    let people = session.people
    let empty = "No user yet. `keyledger user add HANDLE --role owner` adds one."
    return reading.list("users", all, empty: empty, bare: "id") { page in
      var table = TextTable([
        TextTable.Column(title: "HANDLE", yields: 1, least: 10), TextTable.Column(title: "ROLE", yields: 2),
        TextTable.Column(title: "STATE", yields: 3), TextTable.Column(title: "TOKEN", yields: 5),
        TextTable.Column(title: "ADDED", yields: 6), TextTable.Column(title: "BY", yields: 7, least: 8),
        TextTable.Column(title: "ID", yields: 4, least: TextTable.leastID, keepsEnd: true),
      ])
      for user in all {
        table.add([
          handle(user), Styled(user.text("role").replacingUnderscores), state(user.text("state")),
          Styled(user.text("token").replacingUnderscores),
          Styled(user.time("added_at").map { page.times.short($0) } ?? ""),
          Styled(people.shown(user.text("added_by"))), Styled(user.text("id"), .quiet),
        ])
      }
      return table.lines(on: page)
    }
  }

  private static func state(_ word: String) -> Styled {
    word == "active" ? Styled("● active", .good) : Styled("○ " + word, .quiet)
  }
}
