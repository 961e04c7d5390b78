import EventLog
import Formats
import Glibc
import KeyLedger
import LedgerService

enum InitCommand {
  static let spec = CommandSpec(
    path: ["init"], summary: "Found a ledger in a new directory",
    discussion: [
      "The directory must not exist yet, or be empty. It is made for you alone (0700), with a new root key in root.key or "
        + "where $KEYLEDGER_ROOT_KEY_FILE says. Who loses that file loses every secret and every user's name: keep a copy."
    ],
    options: [
      .value("plan", "PLAN", "scale unless said otherwise", of: .choice(Plan.allCases.map(\.rawValue))),
      .value("owner", "HANDLE", "the first owner's e-mail address or login; its token is shown this once"),
      .value("time", "T", "when the history began that will be applied with --backfill"),
    ],
    effect: .founds,
    examples: ["keyledger init --owner ada@example.com", "keyledger --data /srv/keys init --plan starter"], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let time: Instant?
    if let text = invocation.value("time") {
      time = try Point.time(text, now: session.clock.now())
    } else {
      time = nil
    }
    let plan = invocation.choice("plan", as: Plan.self) ?? .scale
    let owner = invocation.value("owner")
    if session.isDry { return try rehearse(plan, owner, time, session) }
    let founding = try LedgerService.found(
      session.directory, plan: plan, owner: owner, by: session.operatorName, at: time, clock: session.clock)
    let json = Shapes.founding(founding.ledger, owner: founding.owner, events: founding.events)
    let path = session.directory
    var document = Document(json: json, bare: [json.text("ledger")]) { lines(json, path.path, plan, owner, $0) }
    document.hints = ["Its secrets open with \(path.rootKeyPath): keep a copy of that file in another place."]
    if founding.owner != nil { document.hints.append(UserCommands.tokenHint) }
    if founding.owner != nil, let owner { document.unshown = [UserCommands.unshown(owner)] }
    return .document(document)
  }

  private static func lines(_ json: JSON, _ path: String, _ plan: Plan, _ owner: String?, _ page: Page) -> [String] {
    var details = Details(Styled("Founded a ledger in \(path).", .strong))
    details.add("Ledger", json.text("ledger"))
    details.add("Plan", plan.rawValue)
    if let person = json["owner"], !person.isNull {
      details.add("Owner", owner)
      details.add("User", person.text("id"))
      details.add("Token", Styled(person.text("token"), .strong))
    }
    return details.lines(on: page)
  }

  /// Founded somewhere else and taken away: the only way to know that it would succeed, and what it would append.
  private static func rehearse(_ plan: Plan, _ owner: String?, _ time: Instant?, _ session: Session)
    throws(Refusal) -> Reply
  {
    guard unsafe access(session.directory.ledger, F_OK) != 0 else {
      throw Refusal(.alreadyExists, "\(session.directory.path) already holds a ledger.")
    }
    let scratch = try Scratch()
    defer { scratch.remove() }
    let founding = try LedgerService.found(
      LedgerDirectory(path: scratch.path + "/ledger"), plan: plan, owner: owner, by: session.operatorName, at: time,
      clock: session.clock)
    let records = founding.events.compactMap { try? JSON(parsing: $0.record) }
    let json = JSON.object([JSONMember("dry_run", .bool(true)), JSONMember("events", .array(records))])
    return .document(Session.rehearsal(json, session.people))
  }
}
