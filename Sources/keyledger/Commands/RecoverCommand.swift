import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService

/// What is saved of a damaged ledger, and what is not.
enum RecoverCommand {
  static let spec = CommandSpec(
    path: ["recover"], summary: "Save the longest whole beginning of a damaged ledger in a new directory",
    discussion: [
      "Stop whatever serves the damaged ledger first; it is read only, from a copy. Every event up to the first that is "
        + "lost is saved, byte for byte, and what is lost is named by number. What was saved is verified before it is put in "
        + "place. The vault comes along if it opens.",
      "The new ledger verifies no key until accept-restore, as revocations may be among what was lost. Those that can still "
        + "be read, rotations and removals too, are in \(Recovery.endingsName) in the new directory: apply that file, with "
        + "--keep-going, right after accept-restore and before serve is started.",
      "A run that was cut off leaves a directory DIR.recovering-…, which may be removed.",
    ],
    arguments: [
      ArgumentSpec(name: "DAMAGED_DIR", help: "the damaged data directory", value: .completed(.directories))
    ],
    options: [
      .value(
        "into", "DIR", "the new data directory, not there yet or empty", of: .completed(.directories), required: true)
    ],
    effect: .maintains, examples: ["keyledger recover keyledger-data --into recovered"], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let rootKey = try RawArguments.variable("KEYLEDGER_ROOT_KEY_FILE")
    let shown = try RawArguments.variable("KEYLEDGER_SHOWN")
    let (damaged, target) = (invocation.argument("DAMAGED_DIR"), invocation.required("into"))
    guard !damaged.utf8.isEmpty, !target.utf8.isEmpty else {
      throw Refusal(.badUsage, "DAMAGED_DIR and --into each name a directory; one of them is empty.")
    }
    let progress = session.stepProgress()
    defer { progress.clear() }
    let recovery = try LedgerService.recover(
      LedgerDirectory(path: damaged, rootKeyPath: rootKey, shownPath: shown),
      into: LedgerDirectory(path: target, rootKeyPath: rootKey, shownPath: shown), clock: session.clock
    ) { progress.report($0, $1, of: $2) }
    var document = Document(json: json(recovery), bare: [Base64.encode(recovery.salvage.root.bytes)]) {
      lines(recovery, target, on: $0)
    }
    document.hints = hints(recovery, target)
    if case .contradicts(let size) = recovery.shown {
      document.warnings = [
        "Warning: the first \(size) events are not those that the damaged ledger had shown before. It was changed, not only "
          + "damaged: accept it only after you know by whom."
      ]
    }
    return .document(document)
  }

  // MARK: What is said

  private static func json(_ recovery: Recovery) -> JSON {
    let salvage = recovery.salvage
    return .object([
      JSONMember("ledger", .string(salvage.ledger.description)), JSONMember("size", number(salvage.size)),
      JSONMember("root", .string(Base64.encode(salvage.root.bytes))),
      // What does not verify is never put in place.
      JSONMember("verified", .bool(true)),
      JSONMember("lost", loss(recovery)), JSONMember("end_known", .bool(recovery.isEndKnown)),
      JSONMember("compared_with", .array(comparisons(recovery).map { .string($0) })),
      JSONMember("wal_cut_off", .bool(salvage.isWALCutOff)), JSONMember("vault", vault(recovery.vault)),
      JSONMember("endings", .integer(Int64(recovery.endings))),
      JSONMember("endings_file", recovery.endings > 0 ? .string(recovery.endingsFile) : .null),
      JSONMember("by_hand", .array(recovery.byHand.map { .string($0) })),
    ])
  }

  private static func loss(_ recovery: Recovery) -> JSON {
    let salvage = recovery.salvage
    guard recovery.last > salvage.size else { return .null }
    return .object([
      JSONMember("from", number(salvage.size + 1)), JSONMember("to", number(recovery.last)),
      JSONMember("reason", salvage.reason.map { .string($0) } ?? .null),
      JSONMember("readable", .array(salvage.readable.map { .array([number($0.lowerBound), number($0.upperBound)]) })),
    ])
  }

  private static func number(_ value: UInt64) -> JSON { .integer(Int64(clamping: value)) }

  private static func vault(_ fate: Recovery.VaultFate) -> JSON {
    switch fate {
    case .copied: .string("copied")
    case .lost: .string("lost")
    }
  }

  private static func comparisons(_ recovery: Recovery) -> [String] {
    let salvage = recovery.salvage
    var said: [String] = []
    if salvage.confirmedByHead > 0 { said.append("the ledger's own head, to event \(salvage.confirmedByHead)") }
    if salvage.agreeingTiles > 0 { said.append("\(salvage.agreeingTiles) tiles of its tree") }
    if case .agrees(let size) = recovery.shown { said.append("the checkpoint of \(size) events in its rollback guard") }
    return said
  }

  private static func lines(_ recovery: Recovery, _ target: String, on page: Page) -> [String] {
    let salvage = recovery.salvage
    var details = Details(
      Styled("Saved events 1 to \(salvage.size) in \(TextWidth.harmless(target)).", .strong))
    details.add("Ledger", salvage.ledger.description)
    details.add("Root", Base64.encode(salvage.root.bytes))
    details.add("Verified", "whole to event \(salvage.size)")
    let compared = comparisons(recovery)
    details.add(
      "Compared with", compared.isEmpty ? "nothing: no hash of it was left" : compared.joined(separator: ", "))
    details.add("Lost", lines: lost(recovery))
    if salvage.isWALCutOff {
      details.add("Write-ahead log", "breaks off: what was committed there last may be lost without a trace")
    }
    switch recovery.vault {
    case .copied: details.add("Vault", "copied")
    case .lost(let why): details.add("Vault", "lost, and with it reveals, signing secrets and names: \(why)")
    }
    if recovery.endings > 0 {
      details.add("Endings", "\(recovery.endings) to apply, in \(TextWidth.harmless(recovery.endingsFile))")
    }
    details.add("By hand", lines: recovery.byHand)
    return details.lines(on: page)
  }

  private static func lost(_ recovery: Recovery) -> [String] {
    let salvage = recovery.salvage
    let more = "how many there were is not known: the head is lost, and more may be"
    guard recovery.last > salvage.size else { return [recovery.isEndKnown ? "nothing" : more] }
    let first = "event \(salvage.size + 1)" + (salvage.reason.map { ": \($0)" } ?? "")
    let all = "events \(salvage.size + 1) to \(recovery.last), \(recovery.last - salvage.size) in all"
    let readable = salvage.readable.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
    return [all, first] + (readable.isEmpty ? [] : ["readable, and not saved: " + readable.joined(separator: ", ")])
      + (recovery.isEndKnown ? [] : [more])
  }

  private static func hints(_ recovery: Recovery, _ target: String) -> [String] {
    let command = "keyledger --data \(TextWidth.harmless(target))"
    var hints = [
      "It verifies no key yet. Look at it, compare it with a checkpoint that was kept (\(command) verify --checkpoint FILE), "
        + "then \(command) accept-restore."
    ]
    if recovery.endings > 0 {
      hints.append("Right after that: \(command) apply --keep-going \(TextWidth.harmless(recovery.endingsFile))")
    }
    return hints
  }
}
