import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService

enum BackupCommand {
  static let spec = CommandSpec(
    path: ["backup"], summary: "Copy ledger and vault into a new directory, while they are in use",
    discussion: [
      "Both are copied as they are at one moment, then the copy is verified. root.key is never copied: keep it in another "
        + "place, as without it the copy's secrets can't be read. Nor is shown, so that the copy, put in the ledger's place, "
        + "verifies no key until accept-restore: it lacks the revocations since.",
      "A run that was cut off leaves a directory DIR.backing-up-…, which may be removed.",
    ],
    arguments: [
      ArgumentSpec(name: "DIR", help: "a directory that is not there yet, or empty", value: .completed(.directories))
    ],
    effect: .maintains, examples: ["keyledger backup keys-2026-11-22"], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let path = invocation.argument("DIR")
    guard !path.utf8.isEmpty else {
      throw Refusal(.badUsage, "DIR names no directory; name one that is not there yet, or empty.")
    }
    let progress = session.stepProgress()
    defer { progress.clear() }
    let report = try Backup(of: session.directory, to: path).run { progress.report($0, $1, of: $2) }
    return .document(document(report, at: path))
  }

  private static func document(_ report: Backup.Report, at path: String) -> Document {
    let root = Base64.encode(report.head.root.bytes)
    var rows: Int?
    if case .rows(let count) = report.vault { rows = count }
    let json = JSON.object([
      JSONMember("backup", .string(path)), JSONMember("ledger", .string(report.ledger.description)),
      JSONMember("size", .integer(Int64(report.head.size))), JSONMember("root", .string(root)),
      JSONMember("secrets", rows.map { .integer(Int64($0)) } ?? .null),
      JSONMember("verified", .bool(report.verification.isWhole)),
    ])
    var document = Document(json: json, bare: [root]) { page in
      var details = Details(Styled("Copied to \(path).", .strong))
      details.add("Ledger", report.ledger.description)
      details.add("Events", "\(report.head.size)")
      details.add("Root", root)
      details.add("Sealed", rows.map { "\($0) secrets and names" } ?? "nothing")
      return details.lines(on: page)
    }
    document.hints = ["Its secrets open with root.key, which is not in it: keep that in another place."]
    document.warnings = warnings(report)
    if !report.verification.isWhole { document.exit = .checkFailed }
    return document
  }

  private static func warnings(_ report: Backup.Report) -> [String] {
    var warnings: [String] = []
    if let first = report.verification.findings.list.first {
      warnings.append(
        "Warning: the copy is not whole, as the ledger is not: \(first.what). Run `keyledger verify`, which names it all."
      )
    }
    switch report.vault {
    case .rows: break
    case .absent: warnings.append("Warning: there was no vault to copy, so no secret and no name is in it.")
    case .unreadable(let refusal):
      warnings.append("Warning: the vault was copied as it is, and does not open. " + Refusals.message(refusal))
    }
    return warnings
  }
}
