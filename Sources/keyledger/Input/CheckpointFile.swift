import KeyLedger
import Transparency

/// A checkpoint that somebody kept in a file: its body, or the signed note around it.
struct CheckpointFile {
  /// As the file holds it.
  let note: [UInt8]
  let checkpoint: Checkpoint
  /// A body of a checkpoint is no note: it has no empty line.
  var isSigned: Bool { (try? SignedNote.parse(note)) != nil }

  /// - Parameter path: `-` is standard input.
  init(_ path: String) throws(Refusal) {
    let limit = SignedNote.maximumByteCount
    let bytes = try LineReader(path, maximumBytes: limit).rest(maximumBytes: limit)
    do throws(CheckpointError) {
      guard let bytes else { throw .tooLong }
      checkpoint = try Checkpoint.parse(bytes)
      note = bytes
    } catch {
      throw Refusal(.badUsage, "\(TextWidth.harmless(path)) holds no checkpoint: \(CheckpointFile.words(error)).")
    }
  }

  private static func words(_ error: CheckpointError) -> String {
    switch error {
    case .tooLong: "it is longer than one can be"
    case .notText: "it is no text, or does not end with a line end"
    case .missingLines: "it has fewer than three lines"
    case .badSize: "its second line is no size"
    case .badRoot: "its third line is no root"
    case .badSignatures: "what follows its empty line is no signature"
    }
  }
}
