package import Cryptography

/// Where a tile lies: at `level`, counted from the leaves' 0, the `number`th from the left.
package struct TileID: Hashable, Sendable {
  package let level: Int
  package let number: UInt64

  package init(level: Int, number: UInt64) {
    self.level = level
    self.number = number
  }

  /// The numbers, within its level, of the hashes of the full tile.
  package var hashes: Range<UInt64> { number << Tile.height..<(number + 1) << Tile.height }
}

/// Full tiles of 256 hashes (C2SP tlog-tiles). Level 0 holds leaf hashes; a hash of the level above is the root of a
/// full tile.
package enum Tile {
  /// Levels of the tree in a tile.
  package static let height = 8
  /// Hashes in a full tile.
  package static let width = 1 << height
  /// Levels of tiles above which no 64-bit size reaches.
  package static let maximumLevels = 64 / height

  /// The root of a full tile; 255 node hashes. Traps unless there are 256.
  package static func root(of hashes: [Digest]) -> Digest {
    precondition(hashes.count == width, "a full tile has 256 hashes")
    return perfectRoot(hashes[...])
  }

  /// The tiles that become full when a tree grows, level by level from the leaves' and left to right in each, so that
  /// what a tile is made of stands before it. Traps if the tree shrinks.
  ///
  /// One tile for each 255 new leaves: the caller bounds the growth.
  package static func tilesCompleted(from oldSize: UInt64, to newSize: UInt64) -> [TileID] {
    precondition(oldSize <= newSize, "a tree never shrinks")
    var tiles: [TileID] = []
    for level in 0..<maximumLevels {
      // At the top level the shift is by 64 and nothing is left.
      let shift = height * (level + 1)
      for number in oldSize >> shift..<newSize >> shift { tiles.append(TileID(level: level, number: number)) }
    }
    return tiles
  }

  /// The root over a power of two of hashes, pair by pair.
  static func perfectRoot(_ hashes: ArraySlice<Digest>) -> Digest {
    precondition(hashes.count.nonzeroBitCount == 1, "a perfect subtree has a power of two of leaves")
    var row = Array(hashes)
    while row.count > 1 { MerkleTree.join(&row) }
    return row[0]
  }
}
