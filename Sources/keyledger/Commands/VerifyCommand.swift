import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService
import Transparency

/// Whether a ledger, or an export of one, is what it was.
enum VerifyCommand {
  static let spec = CommandSpec(
    path: ["verify"], summary: "Check that nothing in the ledger was changed",
    discussion: [
      "Every record is hashed again, and everything else in the file is held against the records. Needs no root key, works "
        + "on a copy and while others append. It exits 6 when something is wrong, and names the first event of which that "
        + "is so.",
      "Only a checkpoint that was kept elsewhere shows that the log is the same one as then: a log that was written anew, "
        + "with all its hashes, is whole too.",
    ],
    options: [
      .value("checkpoint", "FILE", "a checkpoint that was kept, signed or not", of: .completed(.files)),
      .value("export", "FILE", "an export instead of the data directory", of: .completed(.files)),
      .flag("log-only", "the ledger's file alone, without the views and the vault beside it"),
    ],
    effect: .none, examples: ["keyledger verify", "keyledger verify --export log.ndjson --checkpoint kept.txt"],
    run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let kept = try invocation.value("checkpoint").map { path throws(Refusal) in try CheckpointFile(path).checkpoint }
    let progress = session.progress("Verifying")
    defer { progress.clear() }
    let examination = LedgerExamination(kept: kept, clock: session.clock) {
      progress.report(Int(clamping: $0), of: Int(clamping: $1))
    }
    guard let path = invocation.value("export") else {
      let report = try examination.ledger(of: session.directory, logOnly: invocation.has("log-only"))
      return .document(document(report))
    }
    let lines = try ExportLines(path)
    return .document(document(try examination.export { () throws(Refusal) in try lines.next() }))
  }

  private static func document(_ report: LedgerExamination.Report) -> Document {
    let log = report.log
    var document = Document(
      json: json(report), list: nil, bare: log.root.map { [Base64.encode($0.bytes)] } ?? []
    ) { lines(report, on: $0) }
    document.exit = log.isWhole ? .done : .checkFailed
    document.warnings = report.notes
    return document
  }

  private static func json(_ report: LedgerExamination.Report) -> JSON {
    let log = report.log
    return .object([
      JSONMember("ok", .bool(log.isWhole)), JSONMember("size", .integer(Int64(clamping: log.size))),
      JSONMember("root", log.root.map { .string(Base64.encode($0.bytes)) } ?? .null),
      JSONMember("compared_with", report.comparedWith.map(json) ?? .null),
      JSONMember("first_bad", number(log.findings.firstBad)),
      JSONMember(
        "findings",
        .array(
          findings(log).map { finding in
            .object([JSONMember("sequence", number(finding.sequence)), JSONMember("what", .string(finding.what))])
          })),
    ])
  }

  private static func json(_ checkpoint: Checkpoint) -> JSON {
    .object([
      JSONMember("origin", .string(checkpoint.origin)), JSONMember("size", .integer(Int64(clamping: checkpoint.size))),
      JSONMember("root", .string(Base64.encode(checkpoint.root.bytes))),
    ])
  }

  private static func number(_ sequence: UInt64?) -> JSON { sequence.map { .integer(Int64(clamping: $0)) } ?? .null }

  /// Those that were kept, and how many more there are.
  private static func findings(_ log: LogReport) -> [Finding] {
    let findings = log.findings
    let more = findings.count - findings.list.count
    return findings.list + (more > 0 ? [Finding(nil, "and \(more) more findings")] : [])
  }

  private static func lines(_ report: LedgerExamination.Report, on page: Page) -> [String] {
    let log = report.log
    let against = report.comparedWith.map { "and begins with the \($0.size) events of the checkpoint" }
    guard !log.isWhole else {
      let outside = against ?? "compared with nothing outside"
      var details = Details(Styled("Whole to event \(log.size), \(outside).", .strong))
      details.add("Ledger", log.ledger?.description)
      details.add("Root", log.root.map { Base64.encode($0.bytes) })
      return details.lines(on: page)
    }
    let count = log.findings.count == 1 ? "1 finding" : "\(log.findings.count) findings"
    let first = log.findings.firstBad.map { ", the first at event \($0)" } ?? ""
    let title = Styled("Not whole: \(count) in \(log.size) events\(first).", .ended)
    return [title.rendered(colour: page.colour), ""]
      + findings(log).map { "  " + Styled($0.what).rendered(colour: page.colour) }
  }
}
