internal import Cryptography
internal import Formats

/// What in a text keeps it from being a proof around a checkpoint.
package enum ProofTextError: Error, Equatable, Sendable {
  /// More than `ProofText.maximumByteCount`.
  case tooLong
  /// Not UTF-8, a control character other than a newline, or no newline at the end.
  case notText
  /// Not the first line of such a proof, or not the line that names the place proven.
  case badStart
  /// Extra data that isn't base64.
  case badExtra
  /// A line before the first empty one that isn't base64 of 32 bytes, or more of them than any proof has.
  case badHashes
  /// What follows the first empty line isn't a checkpoint, or there is no empty line.
  case badCheckpoint(CheckpointError)
}

extension ProofTextError {
  init(_ error: NoteError) {
    switch error {
    case .tooLong: self = .tooLong
    case .notText: self = .notText
    case .badSignatures: self = .badCheckpoint(.badSignatures)
    }
  }
}

/// The part that both proofs have: hashes, an empty line, the checkpoint as its log gave it.
enum ProofText {
  /// The checkpoint may be as long as a note; the rest is a hundred short lines and, for some, extra data.
  static let maximumByteCount = 2 * SignedNote.maximumByteCount
  /// No proof in a tree of 64-bit size has more: RFC 9162 §2.1.3 and §2.1.4.
  static let maximumHashes = 65

  static func format(_ start: [String], _ hashes: [Digest], _ checkpoint: [UInt8]) -> [UInt8] {
    let lines = start + hashes.map { Base64.encode($0.bytes) } + [""]
    return lines.flatMap { Array($0.utf8) + [TextLines.newline] } + checkpoint
  }

  static func lines(_ text: [UInt8]) throws(ProofTextError) -> [ArraySlice<UInt8>] {
    do throws(NoteError) {
      return try TextLines.read(text, atMost: maximumByteCount)
    } catch {
      throw ProofTextError(error)
    }
  }

  /// The value of a line `word value`.
  static func value(of word: StaticString, in line: ArraySlice<UInt8>?) -> ArraySlice<UInt8>? {
    let prefix = Array("\(word) ".utf8)
    guard let line, line.starts(with: prefix) else { return nil }
    return line.dropFirst(prefix.count)
  }

  /// What stands behind the first lines: the hashes, and the checkpoint's own bytes.
  static func rest(
    _ lines: ArraySlice<ArraySlice<UInt8>>, of text: [UInt8]
  ) throws(ProofTextError) -> (hashes: [Digest], note: [UInt8], checkpoint: Checkpoint) {
    let path = lines.prefix { !$0.isEmpty }
    // Counted before anything is decoded.
    guard path.count <= maximumHashes else { throw .badHashes }
    let hashes = path.compactMap { TextLines.digest($0) }
    guard hashes.count == path.count else { throw .badHashes }
    guard path.endIndex < lines.endIndex else { throw .badCheckpoint(.missingLines) }
    let note = Array(text[(lines[path.endIndex].startIndex + 1)...])
    do throws(CheckpointError) {
      return (hashes, note, try Checkpoint.parse(note))
    } catch {
      throw .badCheckpoint(error)
    }
  }
}
