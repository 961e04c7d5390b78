package import Cryptography

/// Where the stored hashes of a tree come from: tiles, or the records themselves.
package protocol HashReader {
  /// The hashes numbered `range` at a tile level, in order: number i of level L covers the leaves
  /// i·256^L ..< (i+1)·256^L, all of which are in the tree that was asked about.
  ///
  /// A range never crosses a tile. What the reader throws comes through unchanged.
  func hashes(level: Int, range: Range<UInt64>) throws -> [Digest]
}

/// What a reader or a caller got wrong. Own errors trap.
package enum TreeError: Error, Equatable, Sendable {
  /// The reader gave another number of hashes than it was asked for: its store is damaged.
  case wrongCount(level: Int, range: Range<UInt64>, got: Int)
  /// A proof was asked for about a leaf or a size that the tree doesn't have.
  case outOfRange
}

/// The root of the first `size` leaves. Reads at most one tile of each level, 255 hashes in it, and throws what the
/// reader throws, or `wrongCount`.
package func treeHash(size: UInt64, reader: some HashReader) throws -> Digest {
  try treeFrontier(size: size, reader: reader).root
}

/// The right edge of the tree of the first `size` leaves. As `treeHash`.
package func treeFrontier(size: UInt64, reader: some HashReader) throws -> Frontier {
  var tree = StoredTree(size: size, reader: reader)
  return Frontier(size: size, roots: try tree.perfectRoots(of: 0..<size))
}

/// A tree of a known size over a reader. It reads each tile once, as far as the tree fills it.
struct StoredTree<Reader: HashReader> {
  let size: UInt64
  private let reader: Reader
  private var tiles: [TileID: [Digest]] = [:]

  init(size: UInt64, reader: Reader) {
    self.size = size
    self.reader = reader
  }

  /// The root over some leaves (MTH(D[a:b]) of RFC 9162 §2.1.1). Their first number must be a multiple of the power
  /// of two that holds them, as it is wherever a tree is halved by its standard.
  mutating func root(of leaves: Range<UInt64>) throws -> Digest { MerkleTree.fold(try perfectRoots(of: leaves)) }

  /// The roots of the perfect subtrees that those leaves fall into, the largest first.
  mutating func perfectRoots(of leaves: Range<UInt64>) throws -> [Digest] {
    precondition(leaves.upperBound <= size)
    var roots: [Digest] = []
    var start = leaves.lowerBound
    while start < leaves.upperBound {
      let height = 63 - (leaves.upperBound - start).leadingZeroBitCount
      roots.append(try perfectRoot(height: height, number: start >> height))
      start += 1 << UInt64(height)
    }
    return roots
  }

  /// The root of the perfect subtree over the leaves number·2^height ..< (number+1)·2^height.
  private mutating func perfectRoot(height: Int, number: UInt64) throws -> Digest {
    let (level, rest) = height.quotientAndRemainder(dividingBy: Tile.height)
    let first = number << rest
    let hashes = try tile(TileID(level: level, number: first >> Tile.height))
    let start = Int(first % UInt64(Tile.width))
    return Tile.perfectRoot(hashes[start..<start + 1 << rest])
  }

  private mutating func tile(_ id: TileID) throws -> [Digest] {
    if let known = tiles[id] { return known }
    let start = id.number << Tile.height
    // The last tile of a level ends where the tree does. Counted from the start, as the end of a full one may be 2^64.
    let range = start..<start + min(UInt64(Tile.width), size >> (Tile.height * id.level) - start)
    let hashes = try reader.hashes(level: id.level, range: range)
    guard hashes.count == range.count else {
      throw TreeError.wrongCount(level: id.level, range: range, got: hashes.count)
    }
    tiles[id] = hashes
    return hashes
  }
}
