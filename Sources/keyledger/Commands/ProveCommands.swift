import Formats
import KeyLedger
import LedgerService
import Transparency

/// Proofs that others check without this ledger: contract §3.
enum ProveCommands {
  static let group = CommandGroup(
    "prove", "Proofs that others can check without the log",
    [
      CommandSpec(
        path: ["prove", "inclusion"], summary: "Prove that an event is in the log",
        discussion: [
          "Prints a C2SP tlog-proof: with it, the event's record and a checkpoint that is trusted, anyone can check that "
            + "the event is in the log, without seeing another. The leaf hash is the SHA-256 of a zero byte and the record.",
          "Scripts/sign-checkpoint signs what `keyledger checkpoint` prints; with --note the proof carries it.",
        ],
        arguments: [ArgumentSpec(name: "N", help: "the number of the event")],
        options: [
          .value("size", "M", "in the log of the first M events; all that there are unless said otherwise"),
          .value("note", "FILE", "the signed checkpoint that the proof is to carry", of: .completed(.files)),
        ],
        effect: .reads, offTerminal: .table,
        examples: ["keyledger prove inclusion 17", "keyledger prove inclusion 17 --note signed.txt"], run: inclusion),
      CommandSpec(
        path: ["prove", "consistency"], summary: "Prove that the log only grew",
        discussion: [
          "Prints the size of the older log, the hashes of RFC 9162 §2.1.4, an empty line and the checkpoint of now: "
            + "whoever kept the older checkpoint can check that nothing before it was changed, removed or inserted."
        ],
        options: [
          .value(
            "from", "FILE_OR_SIZE", "a checkpoint that was kept, signed or not, or the number of events it speaks of",
            of: .completed(.files), required: true)
        ],
        effect: .reads, offTerminal: .table,
        examples: ["keyledger prove consistency --from kept.txt", "keyledger prove consistency --from 17"],
        run: consistency),
    ])

  private static func inclusion(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let sequence = try number(invocation.argument("N"), "N is the number of an event: 42 or #42.")
    let queries = try session.queries()
    let note = try invocation.value("note").map { path throws(Refusal) in try signed(path) }
    if let note { try queries.confirm(note.checkpoint) }
    let size = try size(invocation, session, note)
    let answer = try queries.inclusion(of: sequence, size: size, note: note?.note)
    return reply(Shapes.inclusion(answer), answer.proof.text(), isSigned: note != nil)
  }

  private static func consistency(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let from = invocation.required("from")
    let queries = try session.queries()
    let oldSize: UInt64
    if let size = Decimal.parse(from) {
      oldSize = UInt64(size)
    } else {
      let kept = try CheckpointFile(from).checkpoint
      try queries.confirm(kept)
      oldSize = kept.size
    }
    let answer = try queries.consistency(from: oldSize, to: try session.moment().sequence)
    return reply(Shapes.consistency(answer), answer.proof.text(), isSigned: false)
  }

  /// A note is for a size of its own.
  private static func size(_ invocation: Invocation, _ session: Session, _ note: CheckpointFile?) throws(Refusal)
    -> UInt64
  {
    let given = ["size", "note", "at"].filter { invocation.has($0) }
    guard given.count < 2 else {
      throw Refusal(.badUsage, "--\(given[0]) and --\(given[1]) both say how large the log is; give one.")
    }
    if let note { return note.checkpoint.size }
    guard let text = invocation.value("size") else { return try session.moment().sequence }
    return try number(text, "--size is a number of events.")
  }

  private static func signed(_ path: String) throws(Refusal) -> CheckpointFile {
    let file = try CheckpointFile(path)
    guard file.isSigned else {
      throw Refusal(
        .badUsage, "The checkpoint in \(TextWidth.harmless(path)) is not signed; Scripts/sign-checkpoint signs one.")
    }
    return file
  }

  private static func number(_ text: String, _ rule: String) throws(Refusal) -> UInt64 {
    let digits = text.utf8.first == UInt8(ascii: "#") ? String(text.utf8.dropFirst()) ?? "" : text
    guard let number = Decimal.parse(digits) else { throw Refusal(.badUsage, rule) }
    return UInt64(number)
  }

  private static func reply(_ json: JSON, _ text: [UInt8], isSigned: Bool) -> Reply {
    // The text ends with a line end, and each of its lines is printed with one.
    let lines = text.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var document = Document(json: json, bare: [json.text("root")]) { _ in
      lines.map { String(decoding: $0, as: UTF8.self) }
    }
    if !isSigned {
      document.hints = [
        "The checkpoint in it is unsigned: compare it with one that was kept elsewhere, or sign it (Scripts/sign-checkpoint)."
      ]
    }
    return .document(document)
  }
}
