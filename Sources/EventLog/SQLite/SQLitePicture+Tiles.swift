import Cryptography
import SQLite
import Transparency

extension SQLitePicture {
  func hashes(level: Int, range: Range<UInt64>) throws -> [Digest] {
    guard let last = range.last else { return [] }
    let id = TileID(level: level, number: range.lowerBound >> UInt64(Tile.height))
    precondition(id.hashes.contains(last), "a range that crosses a tile")
    if isComplete(id) {
      let start = Int(range.lowerBound - id.hashes.lowerBound)
      return Array(try tile(id)[start..<start + range.count])
    }
    return try computedHashes(level: level, range: range)
  }

  /// A full tile: as it is stored, or computed while its transaction has not stored it yet.
  func tile(_ id: TileID) throws -> [Digest] {
    if let stored = try storedTile(id) { return stored }
    guard !isStored(id) else { throw LogError.damaged("tile \(id.level)/\(id.number) is missing") }
    if id.level == 0, let known = edge.hashes(of: id.hashes) { return known }
    return try computedHashes(level: id.level, range: id.hashes)
  }

  /// From what lies below: the records, or the tiles of the level before.
  private func computedHashes(level: Int, range: Range<UInt64>) throws -> [Digest] {
    var hashes: [Digest] = []
    hashes.reserveCapacity(range.count)
    if level == 0 {
      try records(after: range.lowerBound, through: range.upperBound) { _, record in
        hashes.append(MerkleTree.leafHash(record))
        return true
      }
    } else {
      for number in range { hashes.append(try root(of: TileID(level: level - 1, number: number))) }
    }
    return hashes
  }

  /// Of a full tile, 255 hashes; a proof from a tree that does not fill the tile above needs it for up to 255 of them, so
  /// those that are committed, and thus never change, are remembered.
  private func root(of id: TileID) throws -> Digest {
    guard let tileRoots, isStored(id) else { return Tile.root(of: try tile(id)) }
    if let known = tileRoots[id] { return known }
    let root = Tile.root(of: try tile(id))
    tileRoots[id] = root
    return root
  }

  private func storedTile(_ id: TileID) throws -> [Digest]? {
    let row = try ask { () throws(SQLiteError) -> Statement in
      let row = try connection.prepare("SELECT hashes FROM tiles WHERE level = ? AND number = ?")
      try row.bind(1, id.level)
      try row.bind(2, Int64(id.number))
      return row
    }
    defer { row.reset() }
    guard try ask({ () throws(SQLiteError) -> Bool in try row.step() }) else { return nil }
    return try row.withBlob(0) { bytes in
      guard bytes.count == Tile.width * Digest.byteCount else {
        throw LogError.damaged("tile \(id.level)/\(id.number) has \(bytes.count) bytes")
      }
      return Digest.all(in: bytes)
    }
  }

  private func isComplete(_ id: TileID) -> Bool { id.isComplete(at: frontier.size) }

  private func isStored(_ id: TileID) -> Bool { id.isComplete(at: stored.size) }
}

/// The roots of full tiles that stand in the file. They belong to one log that is open, as its connection does.
final class TileRoots {
  /// Those of the last tile of each of three levels, and as many again: 16 million events and more. Above it all are
  /// let go.
  private static let limit = 6 * Tile.width
  private var roots: [TileID: Digest] = [:]

  subscript(_ id: TileID) -> Digest? {
    get { roots[id] }
    set {
      if roots.count >= TileRoots.limit { roots.removeAll() }
      roots[id] = newValue
    }
  }
}

extension TileID {
  /// Whether a tree of that size fills the tile.
  fileprivate func isComplete(at size: UInt64) -> Bool {
    // The shift is by 64 at most, and then nothing is left.
    number < size >> UInt64(Tile.height * (level + 1))
  }
}
