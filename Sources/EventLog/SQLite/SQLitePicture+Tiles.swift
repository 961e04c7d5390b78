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
      for number in range { hashes.append(Tile.root(of: try tile(TileID(level: level - 1, number: number)))) }
    }
    return hashes
  }

  private func storedTile(_ id: TileID) throws(LogError) -> [Digest]? {
    let bytes = try ask { () throws(SQLiteError) -> [UInt8]? in
      let row = try connection.prepare("SELECT hashes FROM tiles WHERE level = ? AND number = ?")
      defer { row.reset() }
      try row.bind(1, id.level)
      try row.bind(2, Int64(id.number))
      return try row.step() ? row.blob(0) : nil
    }
    guard let bytes else { return nil }
    guard bytes.count == Tile.width * Digest.byteCount else {
      throw .damaged("tile \(id.level)/\(id.number) has \(bytes.count) bytes")
    }
    return stride(from: 0, to: bytes.count, by: Digest.byteCount).compactMap {
      Digest(bytes[$0..<$0 + Digest.byteCount])
    }
  }

  private func isComplete(_ id: TileID) -> Bool { id.isComplete(at: frontier.size) }

  private func isStored(_ id: TileID) -> Bool { id.isComplete(at: stored.size) }
}

extension TileID {
  /// Whether a tree of that size fills the tile.
  fileprivate func isComplete(at size: UInt64) -> Bool {
    // The shift is by 64 at most, and then nothing is left.
    number < size >> UInt64(Tile.height * (level + 1))
  }
}
