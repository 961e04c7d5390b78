package import Cryptography

/// A proof that a log begins with what it was at an older size: `old N`, the hashes, an empty line, the checkpoint.
///
/// The old root is not in it: it comes from whoever kept it.
package struct ConsistencyText: Sendable {
  package let oldSize: UInt64
  /// In the order of RFC 9162 §2.1.4.1.
  package let hashes: [Digest]
  /// The newer checkpoint as its log gave it: its body alone, or a signed note.
  package let note: [UInt8]
  /// What the note says.
  package let checkpoint: Checkpoint

  /// Throws when the note is no checkpoint.
  package init(oldSize: UInt64, hashes: [Digest], note: [UInt8]) throws(CheckpointError) {
    checkpoint = try Checkpoint.parse(note)
    self.oldSize = oldSize
    self.hashes = hashes
    self.note = note
  }

  package func text() -> [UInt8] { ProofText.format(["old \(oldSize)"], hashes, note) }

  /// Reads what `text` writes, byte for byte. Whether it proves anything, `check` says.
  package static func parse(_ text: [UInt8]) throws(ProofTextError) -> ConsistencyText {
    try ConsistencyText(text)
  }

  private init(_ text: [UInt8]) throws(ProofTextError) {
    var lines = try ProofText.lines(text)[...]
    guard let value = ProofText.value(of: "old", in: lines.popFirst()), let number = TextLines.number(value) else {
      throw .badStart
    }
    oldSize = number
    (hashes, note, checkpoint) = try ProofText.rest(lines, of: text)
  }

  /// Returns when it shows that the log that the checkpoint speaks of begins with the one of the kept root.
  package func check(oldRoot: Digest) throws(ProofError) {
    try checkConsistency(
      oldSize: oldSize, size: checkpoint.size, proof: hashes, oldRoot: oldRoot, root: checkpoint.root)
  }
}
