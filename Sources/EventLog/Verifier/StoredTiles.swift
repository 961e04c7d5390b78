import Cryptography
import SQLite
import Transparency

/// The tiles as they are stored, held against what was computed from the records.
struct StoredTiles {
  private let reader: LenientReader

  init(_ reader: LenientReader) { self.reader = reader }

  /// - Parameter hashes: nil where one could not be computed, which is a finding of its own.
  func compare(_ id: TileID, with hashes: some Collection<Digest?>, _ findings: inout Findings) throws {
    // The events under one hash of that level.
    let width = UInt64(1) << UInt64(Tile.height * id.level)
    let first = id.hashes.lowerBound * width + 1
    var stored: [UInt8]?
    let unreadable = try reader.rows(
      "SELECT hashes FROM tiles WHERE level = ? AND number = ?", Int64(id.level), Int64(id.number)
    ) { row in
      stored = row.holds(.blob, 0) ? row.blob(0) : []
      return false
    }
    guard unreadable == nil, let stored else {
      let reason = unreadable.map { "can't be read: \($0.reason)" } ?? "is missing"
      return findings.add(nil, "tile \(id.level)/\(id.number) \(reason)")
    }
    guard stored.count == Tile.width * Digest.byteCount else {
      return findings.add(nil, "tile \(id.level)/\(id.number) does not hold \(Tile.width) hashes")
    }
    for (index, (found, computed)) in zip(Digest.all(in: stored.span), hashes).enumerated() {
      guard let computed, found != computed else { continue }
      let event = first + UInt64(index) * width
      let what = width == 1 ? "event \(event) does not hash" : "events \(event) to \(event + width - 1) do not hash"
      findings.add(event...event + width - 1, "\(what) to what tile \(id.level)/\(id.number) holds")
    }
  }

  /// All tiles above the leaves'.
  func compareUpper(_ tree: ComputedTree, _ findings: inout Findings) throws {
    for id in Tile.tilesCompleted(from: 0, to: tree.size) where id.level > 0 {
      try compare(id, with: tree.tile(id).map { $0 == ComputedTree.unknown ? nil : $0 }, &findings)
    }
  }
}
