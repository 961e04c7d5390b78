import Formats
import KeyLedger
import LedgerService
import Transparency

/// What has to do with the rollback guard.
enum GuardCommands {
  static let checkpoint = CommandSpec(
    path: ["checkpoint"], summary: "Print the checkpoint of the log as it is now",
    discussion: [
      "Three lines (C2SP tlog-checkpoint): which log, how many events, and the root of its Merkle tree. Whoever keeps it can "
        + "check later that nothing before it was changed, removed, reordered or inserted. The ledger keeps the newest one "
        + "that was shown as well, in the file shown, and counts as restored when it does not hold it any more."
    ],
    effect: .reads, offTerminal: .table,
    examples: ["keyledger checkpoint > kept.txt", "keyledger checkpoint --at '#17'"], run: runCheckpoint)

  private static func runCheckpoint(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let queries = try session.queries()
    let checkpoint = try queries.checkpoint(size: try session.moment().sequence)
    let json = Shapes.checkpoint(checkpoint)
    return .document(
      Document(json: json, bare: [json.text("root")]) { _ in
        // Printed line by line, each with its end.
        checkpoint.text().split(separator: "\n").map(String.init)
      })
  }

  static let acceptRestore = CommandSpec(
    path: ["accept-restore"], summary: "Accept a restored ledger as it is, so that it verifies keys again",
    discussion: [
      "A ledger that is older than what it has shown, or was imported, recovered or copied by backup, verifies no key and "
        + "takes no change: the revocations that it lost would be undone. Put the newer ledger back if there is one. This "
        + "appends an event that says what was lost, and names the keys that are valid, to be rotated or revoked where in "
        + "doubt."
    ],
    options: [
      .value("reason", "TEXT", "1 to 500 characters, in the log for ever", required: true), Confirmation.option,
    ],
    effect: .changes, examples: ["keyledger accept-restore --reason \"disk replaced, backup of Sunday\" --yes"],
    run: accept)

  private static func accept(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let mayGoOn = try Confirmation.given(invocation, session, "Accept it?") { () throws(Refusal) in
      let state = try session.queries().restoration()
      return [
        state?.message ?? "This ledger is whole.",
        "Every key that it holds for valid will be accepted from this moment, also one that was revoked since.",
      ]
    }
    guard mayGoOn else { return .written(.refused) }
    let command = Command.acceptRestored(reason: invocation.required("reason"))
    if session.isDry { return try session.change(command, view) }
    let outcome = try session.service().submit(session.request(command))
    let reading = try session.reading()
    let keys = try reading.queries.keys(KeyFilter(), at: reading.moment).map { reading.shapes.key($0) }
    let valid = keys.filter { $0.text("status") != "expired" }
    let json = try Shapes(reading.queries, telling: outcome).outcome(outcome, of: command)
      .adding("active_keys", .array(valid))
    var document = Document(json: json, bare: valid.map { $0.text("id") }) { page in
      let title = "Accepted. These keys are valid by this ledger; rotate or revoke each that may have been ended since."
      return [page.strong(title), ""] + (valid.isEmpty ? ["No key is valid."] : KeyView.table(valid, on: page))
    }
    document.hints = ["Users whom it lost are unknown to it, and users removed since are back: look at `user list`."]
    document.warnings = session.warnings(outcome)
    return .document(document)
  }

  private static var view: ChangeView { ChangeView(headline: { _ in "Accepted." }, bare: { _ in [] }) }
}
