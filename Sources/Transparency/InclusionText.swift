package import Cryptography
internal import Formats

/// A proof that an entry is in a log, which carries all that checking it takes but the entry (C2SP tlog-proof).
package struct InclusionText: Sendable {
  private static let firstLine = "c2sp.org/tlog-proof@v1"

  /// What its maker put beside it, unauthenticated; nil for nothing.
  package let extra: [UInt8]?
  /// The number of the leaf, counted from zero.
  package let index: UInt64
  /// From the leaf's sibling up.
  package let hashes: [Digest]
  /// The checkpoint as its log gave it: its body alone, or a signed note.
  package let note: [UInt8]
  /// What the note says.
  package let checkpoint: Checkpoint

  /// Throws when the note is no checkpoint.
  package init(index: UInt64, hashes: [Digest], note: [UInt8]) throws(CheckpointError) {
    checkpoint = try Checkpoint.parse(note)
    extra = nil
    self.index = index
    self.hashes = hashes
    self.note = note
  }

  package func text() -> [UInt8] {
    let start = [Self.firstLine] + (extra.map { ["extra " + Base64.encode($0)] } ?? []) + ["index \(index)"]
    return ProofText.format(start, hashes, note)
  }

  /// Reads what `text` writes, byte for byte. Whether it proves anything, `check` says.
  package static func parse(_ text: [UInt8]) throws(ProofTextError) -> InclusionText {
    try InclusionText(text)
  }

  private init(_ text: [UInt8]) throws(ProofTextError) {
    var lines = try ProofText.lines(text)[...]
    guard let first = lines.popFirst(), first.elementsEqual(Self.firstLine.utf8) else { throw .badStart }
    if let value = ProofText.value(of: "extra", in: lines.first) {
      guard let bytes = Base64.decode(TextLines.string(value)) else { throw .badExtra }
      extra = bytes
      lines.removeFirst()
    } else {
      extra = nil
    }
    guard let value = ProofText.value(of: "index", in: lines.popFirst()), let number = TextLines.number(value) else {
      throw .badStart
    }
    index = number
    (hashes, note, checkpoint) = try ProofText.rest(lines, of: text)
  }

  /// Returns when it shows that the entry with this leaf hash is in the log that the checkpoint speaks of.
  package func check(leaf: Digest) throws(ProofError) {
    try checkInclusion(leaf: leaf, index: index, size: checkpoint.size, proof: hashes, root: checkpoint.root)
  }
}
