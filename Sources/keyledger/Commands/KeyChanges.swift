import Formats
import KeyLedger
import LedgerService

/// What is done to keys.
enum KeyChanges {
  private static let key = KeyCommands.key
  static let remembered = "Names and descriptions stay in the log for ever: put nothing personal or secret there."

  static let scope = OptionSpec.value(
    "scope", "P[,P…]",
    "permissions (RESOURCE:read, RESOURCE:write) or presets",
    of: ValueSpec(choices: ScopePreset.allCases.map(\.rawValue), isClosed: false, completes: .scopes),
    required: true, repeats: true)

  private static let grace = OptionSpec.value(
    "grace", "GRACE", "how long the old key stays valid", of: .suggestion(Grace.allCases.map(\.rawValue)),
    required: true)

  static let specs = [
    CommandSpec(
      path: ["key", "create"], summary: "Create a scoped key and show its secret, this once",
      discussion: [remembered],
      options: [
        .value("env", "ENV", "the environment", of: .completed(.environments), required: true),
        .value("name", "NAME", "1 to 100 characters, in the log for ever", required: true),
        .value("description", "TEXT", "up to 500 characters, in the log for ever"), scope,
      ],
      effect: .changes,
      examples: [
        "keyledger key create --env production --name \"Billing worker\" --scope customers:write,subscriptions:read"
      ], run: create),
    CommandSpec(
      path: ["key", "rename"], summary: "Change the name or the description of a scoped key",
      discussion: [remembered], arguments: [key],
      options: [
        .value("name", "NAME", "1 to 100 characters, in the log for ever"),
        .value("description", "TEXT", "up to 500 characters, in the log for ever; empty for none"),
      ],
      effect: .changes, examples: ["keyledger key rename key_01JD8Z3V5QK7M0XW2T9B4C6R8E --name \"Billing worker 2\""],
      run: rename),
    CommandSpec(
      path: ["key", "scope"], summary: "Replace the scope of a scoped key", arguments: [key], options: [scope],
      effect: .changes, examples: ["keyledger key scope key_01JD8Z3V5QK7M0XW2T9B4C6R8E --scope read_only"],
      run: changeScope),
    CommandSpec(
      path: ["key", "rotate"], summary: "Replace a key by one with a new secret, shown this once",
      discussion: [
        "The old key stays valid for the grace period and is ended then. Meanwhile it verifies and reads as before, but "
          + "changes nothing: a key that manages keys is replaced in its callers first."
      ],
      arguments: [key], options: [grace], effect: .changes,
      examples: ["keyledger key rotate key_01JD8Z3V5QK7M0XW2T9B4C6R8E --grace 24h"], run: rotate),
    CommandSpec(
      path: ["key", "grace"], summary: "Change the grace period of a rotated key, from now on", arguments: [key],
      options: [grace], effect: .changes,
      examples: ["keyledger key grace key_01JD8Z3V5QK7M0XW2T9B4C6R8E --grace 3d"], run: changeGrace),
    CommandSpec(
      path: ["key", "revoke"], summary: "End a key, at once and for good",
      discussion: ["Every request with it gets 401 from the moment this returns. No command brings a key back."],
      arguments: [key], options: [Confirmation.option], effect: .changes,
      examples: ["keyledger key revoke key_01JD8Z3V5QK7M0XW2T9B4C6R8E --yes"], run: revoke),
    CommandSpec(
      path: ["key", "reveal"], summary: "Show the secret of a key again; the log will say so", arguments: [key],
      effect: .changes, examples: ["keyledger key reveal key_01JD8Z3V5QK7M0XW2T9B4C6R8E --quiet"], run: reveal),
  ]

  // MARK: Views

  /// A key that was made, or is now another.
  static func view(_ headline: @escaping (JSON) -> String) -> ChangeView {
    ChangeView(headline: headline, bare: { [$0.text("id")] }, facts: facts, hints: secretHint, unshown: unshown)
  }

  private static func facts(_ details: inout Details, _ key: JSON, _ page: Page) {
    details.add("Name", key.text("name"))
    KeyView.fill(&details, key, page)
    details.add("Scope", lines: KeyView.scope(key))
    if !key.text("expires_at").isEmpty { details.add("Status", KeyView.status(key, page.times)) }
  }

  static func secretHint(_ key: JSON) -> [String] {
    guard key["secret"] != nil else { return [] }
    return ["The secret is shown this once. `keyledger key reveal \(key.text("id"))` shows it again, as an event."]
  }

  static func unshown(_ key: JSON) -> [String] {
    guard key["secret"] != nil else { return [] }
    return ["The secret was not shown; `keyledger key reveal \(key.text("id"))` shows it, as an event."]
  }

  // MARK: Running

  private static func create(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let command = Command.createKey(
      environment: invocation.required("env"), name: invocation.required("name"),
      description: invocation.value("description") ?? "", scope: invocation.words("scope"))
    return try session.change(command, view { "Created \($0.text("name"))." })
  }

  private static func rename(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let (name, description) = (invocation.value("name"), invocation.value("description"))
    guard name != nil || description != nil else {
      throw Refusal(.badUsage, "key rename needs --name or --description.")
    }
    let command = Command.renameKey(key: invocation.argument("KEY"), name: name, description: description)
    return try session.change(command, view { "Renamed to \($0.text("name"))." })
  }

  private static func changeScope(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let command = Command.changeScope(key: invocation.argument("KEY"), scope: invocation.words("scope"))
    return try session.change(command, view { "Changed the scope of \($0.text("name"))." })
  }

  private static func changeGrace(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let command = Command.changeGrace(key: invocation.argument("KEY"), grace: invocation.required("grace"))
    return try session.change(command, view { "Changed the grace period of \($0.text("name"))." })
  }

  private static func rotate(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let id = invocation.argument("KEY")
    try warnOfRotation(id, grace: invocation.required("grace"), session)
    let view = ChangeView(
      headline: { "Rotated \($0["rotated"]?.text("name") ?? "the key")." },
      bare: { [$0["key"]?.text("id") ?? ""] },
      facts: { details, json, page in
        let rotated = json["rotated"] ?? .null
        facts(&details, json["key"] ?? .null, page)
        details.add("Old key", rotated.text("id"))
        details.add("", KeyView.status(rotated, page.times))
      },
      hints: { secretHint($0["key"] ?? .null) }, unshown: { unshown($0["key"] ?? .null) })
    return try session.change(.rotateKey(key: id, grace: invocation.required("grace")), view)
  }

  /// A key that may manage keys stops doing so the moment it is rotated, grace or not.
  private static func warnOfRotation(_ id: String, grace: String, _ session: Session) throws(Refusal) {
    guard grace != Grace.now.rawValue, let apiKeys = Slug("api_keys") else { return }
    let queries = try session.queries()
    // Whether there is such a key is for the command to say.
    guard let key = try? queries.key(id, at: try queries.moment(nil)), key.ending == nil,
      key.scope.holds(Permission(apiKeys, .write))
    else { return }
    Output.remark(
      "Note: \(key.name) may manage keys. Once rotated the old key verifies and reads until its grace ends, but it can "
        + "no longer change anything: put the new secret into its callers first.")
  }

  private static func revoke(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let id = invocation.argument("KEY")
    let mayGoOn = try Confirmation.given(invocation, session, "Revoke it?") { () throws(Refusal) in
      let reading = try session.reading()
      let key = try reading.queries.key(id, at: reading.moment)
      return [
        "\(key.name), \(key.masked) in \(key.environment), would end now.",
        "Requests with it get 401 from this moment. This cannot be undone.",
      ]
    }
    guard mayGoOn else { return .written(.refused) }
    return try session.change(.revokeKey(key: id), view { "Revoked \($0.text("name")). Requests with it now get 401." })
  }

  private static func reveal(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let view = ChangeView(
      headline: { _ in "Revealed; the log says so." },
      bare: { [$0.text("secret")].filter { !$0.isEmpty } },
      facts: { details, json, _ in
        details.add("Id", json.text("key"))
        details.add("Secret", json["secret"]?.string.map { Styled($0, .strong) })
      })
    return try session.change(.revealKey(key: invocation.argument("KEY")), view)
  }
}
