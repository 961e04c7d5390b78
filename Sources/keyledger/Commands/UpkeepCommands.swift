import Cryptography
import Formats
import KeyLedger
import LedgerService
import Projections
import Vault

/// What looks after the files.
enum UpkeepCommands {
  static let vault = CommandGroup(
    "vault", "The sealed secrets and names",
    [
      CommandSpec(
        path: ["vault", "rotate-root"], summary: "Seal everything anew under another root key",
        discussion: [
          "FILE holds 32 random bytes in hex, readable by you alone: "
            + "(umask 077; openssl rand -hex 32 > new.key). Interrupted, it goes on where it was when it is run again with "
            + "the same file. It is the one way to make old backups of the vault unreadable."
        ],
        options: [.value("new", "FILE", "the file of the new root key", of: .completed(.files), required: true)],
        effect: .maintains, examples: ["keyledger vault rotate-root --new new.key"], run: rotateRoot),
      CommandSpec(
        path: ["vault", "sweep"], summary: "Destroy what the vault holds beyond what the log says", effect: .maintains,
        examples: ["keyledger vault sweep"], run: sweep),
    ])

  static let rebuild = CommandSpec(
    path: ["rebuild"], summary: "Build the views again from the log",
    discussion: [
      "The old views serve until the new ones are complete. The content of both is compared: where they differ the old "
        + "ones were not what the log makes of them, which it says."
    ],
    effect: .maintains, examples: ["keyledger rebuild"], run: runRebuild)

  private static func rotateRoot(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let progress = session.progress("Sealing anew")
    defer { progress.clear() }
    let report = try session.service().rotateRoot(newKeyFile: invocation.required("new")) { done, total in
      progress.report(done, of: total)
    }
    let json = JSON.object([
      JSONMember("resealed", .integer(Int64(report.resealed))), JSONMember("lost", .integer(Int64(report.lost))),
      JSONMember("shred_pending", .bool(report.isShredPending)),
    ])
    var document = Document(json: json, bare: ["\(report.resealed)"]) { page in
      var details = Details(Styled("The vault is sealed under the new root key.", .strong))
      details.add("Sealed anew", "\(report.resealed) of \(report.total) rows")
      if report.lost > 0 { details.add("Lost", "\(report.lost) rows did not open, and are destroyed") }
      return details.lines(on: page)
    }
    if report.isShredPending { document.warnings = [pending] }
    return .document(document)
  }

  private static let pending =
    "Shred pending: while another process reads, old bytes may stay in the vault's write-ahead log. "
    + "`keyledger vault sweep` finishes it."

  private static func sweep(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let report = try session.service().sweepVault()
    let json = JSON.object([
      JSONMember("orphans", .integer(Int64(report.orphans))), JSONMember("ended", .integer(Int64(report.ended))),
      JSONMember("live", .integer(Int64(report.live))), JSONMember("shred_pending", .bool(report.isPending)),
    ])
    var document = Document(json: json, bare: ["\(report.orphans + report.ended)"]) { page in
      var details = Details(Styled("The vault holds what the log says, and no more.", .strong))
      details.add("Live", "\(report.live)")
      details.add("Destroyed", "\(report.ended) that had ended, \(report.orphans) that no event speaks of")
      return details.lines(on: page)
    }
    if report.isPending { document.warnings = [pending] }
    return .document(document)
  }

  private static func runRebuild(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let progress = session.progress("Rebuilding the views")
    defer { progress.clear() }
    let report = try session.service().rebuildViews { progress.report(Int($0.done), of: Int($0.total)) }
    let digest = Hex.encode(report.digest.bytes)
    let previous = report.previousDigest.map { Hex.encode($0.bytes) }
    let json = JSON.object([
      JSONMember("events", .integer(Int64(report.events))), JSONMember("digest", .string(digest)),
      JSONMember("previous_digest", previous.map { .string($0) } ?? .null), JSONMember("drift", .bool(report.drift)),
      JSONMember("problem", report.previousProblem.map { .string($0) } ?? .null),
      JSONMember("resumed_from", report.resumedFrom.map { .integer(Int64($0)) } ?? .null),
    ])
    var document = Document(json: json, bare: [digest]) { page in
      var details = Details(Styled("The views are built from \(report.events) events.", .strong))
      details.add("Content", digest)
      if previous != nil { details.add("The old ones", report.drift ? "differed" : "agreed, as far as they went") }
      if let from = report.resumedFrom { details.add("Resumed", "after event \(from)") }
      return details.lines(on: page)
    }
    if report.drift {
      let why = report.previousProblem.map { " (\($0))" } ?? ""
      document.warnings = [
        "Warning: the old views were not what the log makes of them\(why). Find out why: the disk, or somebody's hand."
      ]
    }
    return .document(document)
  }
}
