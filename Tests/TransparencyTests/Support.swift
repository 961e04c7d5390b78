import Cryptography
import Foundation
import Transparency

/// The JSON object in a file of `Fixtures/vectors`, found by walking up to the directory of the manifest.
func vectorObject(_ name: String) throws -> [String: Any] {
  var directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  while !FileManager.default.fileExists(atPath: directory.appendingPathComponent("Package.swift").path) {
    precondition(directory.path != "/", "no Package.swift above \(#filePath)")
    directory.deleteLastPathComponent()
  }
  let data = try Data(contentsOf: directory.appendingPathComponent("Fixtures/vectors/\(name)"))
  guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
    throw CocoaError(.coderReadCorrupt)
  }
  return object
}

/// Leaf hashes of small different records.
func leaves(_ count: Int) -> [Digest] {
  (0..<count).map { MerkleTree.leafHash([UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8), 7]) }
}

/// The definition of RFC 6962 §2.1, word for word.
func definedRoot(_ leaves: ArraySlice<Digest>) -> Digest {
  if leaves.isEmpty { return SHA256.hash([UInt8]()) }
  if leaves.count == 1 { return leaves[leaves.startIndex] }
  var k = 1
  while 2 * k < leaves.count { k *= 2 }
  let (left, right) = (definedRoot(leaves.prefix(k)), definedRoot(leaves.dropFirst(k)))
  return SHA256.hash([1] + left.bytes + right.bytes)
}

extension Digest {
  /// The same but for its lowest bit.
  var flipped: Digest { flipping(bit: 0) }

  /// The same but for one of its 256 bits.
  func flipping(bit: Int) -> Digest {
    var bytes = self.bytes
    bytes[31 - bit / 8] ^= 1 << UInt8(bit % 8)
    return Digest(bytes) ?? self
  }
}

/// All levels of a tree's hashes in memory. It notes what is read and holds readers of tiles to their word.
final class MemoryTree: HashReader {
  private let levels: [[Digest]]
  private(set) var reads: [TileID] = []

  init(_ leaves: [Digest]) {
    var levels = [leaves]
    while let below = levels.last, below.count >= Tile.width {
      levels.append(
        (0..<below.count / Tile.width).map { Tile.root(of: Array(below[$0 * Tile.width..<($0 + 1) * Tile.width])) })
    }
    self.levels = levels
  }

  func hashes(level: Int, range: Range<UInt64>) throws -> [Digest] {
    precondition(!range.isEmpty, "nothing was asked for")
    let tile = TileID(level: level, number: range.lowerBound >> Tile.height)
    precondition(tile.number == (range.upperBound - 1) >> Tile.height, "a read across tiles")
    precondition(!reads.contains(tile), "a tile was read twice")
    reads.append(tile)
    return Array(levels[level][Int(range.lowerBound)..<Int(range.upperBound)])
  }

  func forgetReads() { reads = [] }
}
