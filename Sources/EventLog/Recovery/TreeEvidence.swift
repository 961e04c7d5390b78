import Cryptography
import Transparency

/// Holds the records that were read against what is left of the tree over them: whether they are those that were logged.
struct TreeEvidence {
  /// The leaf hashes of the records, from the first on.
  let leaves: [Digest]
  /// The head, which follows from itself; nil where it was lost.
  let head: LogHead?
  /// The newest checkpoint that anyone was shown; nil where there is none.
  let shown: Checkpoint?
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
    compareTiles(from: max(start, shownToBeTrue), through: verdict.size, &verdict)
    return verdict
  }

  /// Events from the first on that are those of the checkpoint.
  private var shownToBeTrue: UInt64 {
    guard let shown, shown.size <= leaves.count, root(0..<shown.size) == shown.root else { return 0 }
    return shown.size
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

  /// The tiles from that of event `start` + 1 on; what lies before it there is settled.
  private func compareTiles(from start: UInt64, through end: UInt64, _ verdict: inout Verdict) {
    for number in stride(from: start >> UInt64(Tile.height), to: (end + 255) >> UInt64(Tile.height), by: 1) {
      guard let stored = tile(number) else { continue }
      let first = number << UInt64(Tile.height)
      let known = leaves[Int(first)..<min(leaves.count, Int(first) + Tile.width)]
      let comparison = TileComparison(known, stored)
      if comparison.agrees { verdict.tiles += 1 }
      guard let place = comparison.contradicted.first(where: { first + UInt64($0) >= start }) else { continue }
      verdict.size = first + UInt64(place)
      verdict.contradiction = "its tile has another hash for it"
      return
    }
  }
}

/// A tile that was found, against the hashes of the records: where they differ, which of the two is damaged?
///
/// A record that was changed has a hash that differs through and through, and so few are changed without ceasing to be
/// the canonical record of the next event that no two stand side by side. A tile that was damaged differs in some bytes
/// of a hash, or in hashes side by side.
private struct TileComparison {
  let agrees: Bool
  /// The places of records that are not what was logged, as far as the tile can tell.
  let contradicted: [Int]

  init(_ known: ArraySlice<Digest>, _ stored: [Digest]) {
    let pairs = Array(zip(known, stored))
    let differing = pairs.indices.filter { pairs[$0].0 != pairs[$0].1 }
    let places = Set(differing)
    agrees = differing.isEmpty
    contradicted = differing.filter { place in
      !places.contains(place - 1) && !places.contains(place + 1)
        && !TileComparison.agreeByHalf(pairs[place].0, pairs[place].1)
    }
  }

  /// Nobody finds another record whose hash does that: 128 bits, wherever they stand.
  private static func agreeByHalf(_ one: Digest, _ other: Digest) -> Bool {
    zip(one.bytes, other.bytes).count { $0 == $1 } * 2 >= Digest.byteCount
  }
}
