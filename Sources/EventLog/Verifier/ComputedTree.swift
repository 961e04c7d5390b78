import Cryptography
import Transparency

/// The Merkle tree of the records that were read: the hashes above the leaves, and of the leaves those that somebody will
/// ask for. 32 bytes for each 255 events.
struct ComputedTree: HashReader {
  /// The events of the log.
  let size: UInt64
  /// Leaf tiles whose hashes are kept: those that a size in question ends in.
  private let wanted: Set<UInt64>
  private var leaves: [UInt64: [Digest]] = [:]
  /// Levels 1 and up.
  private var levels: [[Digest]] = []
  /// Stands for a hash that could not be computed. No tile has this one.
  static let unknown = MerkleTree.emptyRoot
  /// Events at the beginning of which every record was read.
  private(set) var whole: UInt64

  /// - Parameter sizes: at which the root will be wanted, beside the whole log's.
  init(size: UInt64, sizes: [UInt64]) {
    self.size = size
    whole = size
    wanted = Set((sizes + [size]).map { $0 >> UInt64(Tile.height) })
    levels.append(Array(repeating: ComputedTree.unknown, count: Int(size >> UInt64(Tile.height))))
  }

  /// Takes the leaves from event `first` on, the first of a leaf tile; nil for a record that could not be read.
  mutating func fill(from first: UInt64, _ hashes: [Digest?]) {
    for start in stride(from: 0, to: hashes.count, by: Tile.width) {
      let number = (first - 1 + UInt64(start)) >> UInt64(Tile.height)
      let tile = hashes[start..<min(start + Tile.width, hashes.count)]
      if let missing = tile.firstIndex(of: nil) { whole = min(whole, first - 1 + UInt64(missing)) }
      let known = tile.compactMap(\.self)
      if wanted.contains(number) { leaves[number] = known }
      if known.count == Tile.width { levels[0][Int(number)] = Tile.root(of: known) }
    }
  }

  /// Computes what stands above, when all leaves are in.
  mutating func close() {
    while let below = levels.last, below.count >= Tile.width {
      levels.append(
        stride(from: 0, through: below.count - Tile.width, by: Tile.width).map { start in
          let tile = Array(below[start..<start + Tile.width])
          return tile.contains(ComputedTree.unknown) ? ComputedTree.unknown : Tile.root(of: tile)
        })
    }
  }

  /// The root at one of the sizes in question; nil when a record before it could not be read, or beyond the log.
  func root(at size: UInt64) throws -> Digest? { try frontier(at: size)?.root }

  func frontier(at size: UInt64) throws -> Frontier? {
    size <= whole ? try treeFrontier(size: size, reader: self) : nil
  }

  func hashes(level: Int, range: Range<UInt64>) throws -> [Digest] {
    let bounds = Int(range.lowerBound)..<Int(range.upperBound)
    if level > 0 { return Array(levels[level - 1][bounds]) }
    let number = range.lowerBound >> UInt64(Tile.height)
    let start = Int(range.lowerBound % UInt64(Tile.width))
    guard let tile = leaves[number] else { preconditionFailure("a leaf tile that nobody asked for") }
    return Array(tile[start..<start + range.count])
  }

  /// The hashes of a full tile above the leaves.
  func tile(_ id: TileID) -> ArraySlice<Digest> {
    levels[id.level - 1][Int(id.hashes.lowerBound)..<Int(id.hashes.upperBound)]
  }
}
