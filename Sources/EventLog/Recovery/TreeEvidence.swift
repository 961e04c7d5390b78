import Cryptography
import Transparency

/// Holds the records that were read against what is left of the tree over them: whether they are those that were logged.
struct TreeEvidence {
  /// The leaf hashes of the records, from the first on.
  let leaves: [Digest]
  /// The head, which follows from itself; nil where it was lost.
  let head: LogHead?
  /// The leaf hashes of a full tile.
  let tile: (UInt64) -> [Digest]?

  struct Verdict {
    /// Events from the first on that nothing contradicts.
    var size: UInt64
    /// What contradicts the next one.
    var contradiction: String?
    /// Events from the first on that the head confirms.
    var confirmed: UInt64 = 0
    /// Tiles that agree.
    var tiles: UInt64 = 0
  }

  func verdict() -> Verdict {
    var verdict = Verdict(size: UInt64(leaves.count))
    var start: UInt64 = 0
    for subtree in head.map(subtrees) ?? [] where subtree.end <= verdict.size {
      guard root(start..<subtree.end) == subtree.root else {
        compareTiles(from: start, through: subtree.end, &verdict)
        if verdict.contradiction == nil {
          verdict.size = start
          verdict.contradiction = "the head has another hash for events \(start + 1) to \(subtree.end)"
        }
        return verdict
      }
      start = subtree.end
      verdict.confirmed = start
    }
    compareTiles(from: start, through: verdict.size, &verdict)
    return verdict
  }

  /// Where each perfect subtree of the head ends, and its root, from left to right.
  private func subtrees(_ head: LogHead) -> [(end: UInt64, root: Digest)] {
    let bytes = head.frontier.serialized
    var end: UInt64 = 0
    var result: [(UInt64, Digest)] = []
    for bit in (0..<64).reversed() where head.size & 1 << UInt64(bit) != 0 {
      end += 1 << UInt64(bit)
      let place = result.count * Digest.byteCount
      if let root = Digest(bytes[place..<place + Digest.byteCount]) { result.append((end, root)) }
    }
    return result
  }

  private func root(_ range: Range<UInt64>) -> Digest {
    var frontier = Frontier()
    for leaf in leaves[Int(range.lowerBound)..<Int(range.upperBound)] { frontier.append(leaf) }
    return frontier.root
  }

  /// Where some leaves of a tile agree and one does not, that one's record is not what was logged. Where none agrees the
  /// tile itself is damage, and tells nothing.
  private func compareTiles(from start: UInt64, through end: UInt64, _ verdict: inout Verdict) {
    for number in stride(from: start >> UInt64(Tile.height), to: (end + 255) >> UInt64(Tile.height), by: 1) {
      guard let stored = tile(number) else { continue }
      let first = number << UInt64(Tile.height)
      let known = leaves[Int(first)..<min(leaves.count, Int(first) + Tile.width)]
      let differing = zip(known, stored).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
      guard let place = differing.first else {
        verdict.tiles += 1
        continue
      }
      if differing.count < known.count {
        verdict.size = first + UInt64(place)
        verdict.contradiction = "its tile has another hash for it"
        return
      }
    }
  }
}
