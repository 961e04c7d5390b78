import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService

/// The log as lines, out and in.
enum TransferCommands {
  static let export = CommandSpec(
    path: ["export"], summary: "Write the log as lines, one record each, as stored",
    discussion: [
      "Line N is event N, and its leaf hash is the SHA-256 of a zero byte and the line without its LF. A file is made "
        + "whole or not at all, readable by you alone, and never over one that is there."
    ],
    arguments: [
      ArgumentSpec(
        name: "FILE", help: "where to; standard output without it", value: .completed(.files), isOptional: true)
    ],
    effect: .none, offTerminal: .ndjson,
    examples: ["keyledger export log.ndjson", "keyledger export"], run: runExport)

  static let importing = CommandSpec(
    path: ["import"], summary: "Make a new data directory of an export, verified as it is read",
    discussion: [
      "Its vault is a fresh one and holds nothing: secrets and names are not in an export. Keys are not verified with it "
        + "until you accept it with `keyledger accept-restore`, as revocations may be missing at its end."
    ],
    arguments: [ArgumentSpec(name: "FILE", help: "an export; - is standard input", value: .completed(.files))],
    options: [.value("checkpoint", "FILE", "a checkpoint that the log must begin with", of: .completed(.files))],
    effect: .none, examples: ["keyledger --data copy import log.ndjson --checkpoint kept.txt"], run: runImport)

  // MARK: Export

  private static func runExport(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let exporter = try Exporter(session.directory)
    let path = invocation.optionalArgument("FILE")
    let progress = session.progress("Exporting", betweenResults: path == nil)
    defer { progress.clear() }
    func report(_ done: UInt64) { progress.report(Int(clamping: done), of: Int(clamping: exporter.size)) }
    guard let path, !sameBytes(path, "-") else {
      try exporter.run { lines, done throws(Refusal) in
        Output.result(lines)
        report(done)
      }
      return .written(.done)
    }
    let file = try NewFile(path)
    do throws(Refusal) {
      try exporter.run { lines, done throws(Refusal) in
        try file.write(lines)
        report(done)
      }
      try file.putInPlace()
    } catch {
      file.discard()
      throw error
    }
    let json = JSON.object([
      JSONMember("events", .integer(Int64(exporter.size))), JSONMember("file", .string(path)),
    ])
    return .document(
      Document(json: json, bare: [path]) { page in
        [page.strong("Exported \(exporter.size) events to \(TextWidth.harmless(path)).")]
      })
  }

  // MARK: Import

  /// Ctrl-C between two lines.
  private struct Interrupted: Error {}

  private static func runImport(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let kept = try invocation.value("checkpoint").map { path throws(Refusal) in try CheckpointFile(path).checkpoint }
    let lines = try ExportLines(invocation.argument("FILE"))
    let progress = session.progress("Importing")
    defer { progress.clear() }
    Interruption.askFirst()
    defer { Interruption.endAtOnce() }
    let outcome: LogImport.Outcome
    do {
      outcome = try Importer(into: session.directory).run(
        kept: kept, progress: { progress.report(Int(clamping: $0), of: 0) },
        next: {
          let line = try lines.next()
          guard !Interruption.wasAsked else { throw Interrupted() }
          return line
        })
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      return .written(.interrupted)
    }
    return .document(document(outcome, session))
  }

  private static func document(_ outcome: LogImport.Outcome, _ session: Session) -> Document {
    let root = Base64.encode(outcome.root.bytes)
    let json = JSON.object([
      JSONMember("ledger", .string(outcome.ledger.description)), JSONMember("size", .integer(Int64(outcome.size))),
      JSONMember("root", .string(root)),
    ])
    let directory = session.directory
    var document = Document(json: json, bare: [outcome.ledger.description]) { page in
      var details = Details(Styled("Imported \(outcome.size) events into \(directory.path).", .strong))
      details.add("Ledger", outcome.ledger.description)
      details.add("Root", root)
      return details.lines(on: page)
    }
    document.warnings = [
      "It verifies no key until you accept it: revocations may be missing at its end. See `keyledger help accept-restore`."
    ]
    document.hints = ["Its new root key is \(directory.rootKeyPath): keep a copy of that file in another place."]
    return document
  }
}

/// The lines of an export in a file, none longer than a record, and told apart where one is cut off.
struct ExportLines {
  private let reader: LineReader

  init(_ path: String) throws(Refusal) {
    reader = try LineReader(path, maximumBytes: RecordCodec.maximumBytes, exact: true)
  }

  func next() throws(Refusal) -> LogExport.Line? {
    switch try reader.next() {
    case nil: nil
    case .tooLong: .tooLong
    case .text(let line): reader.wasEnded ? .record(line) : .cutOff
    }
  }
}
