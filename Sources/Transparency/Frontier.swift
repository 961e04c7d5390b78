package import Cryptography

/// The right edge of a tree: all that is needed to append to it and to know its root.
///
/// It holds the roots of the perfect subtrees that its leaves fall into, left to right, so the largest first: one for
/// each bit that is set in `size`, hence at most 64.
package struct Frontier: Equatable, Sendable {
  package private(set) var size: UInt64
  private var roots: [Digest]

  /// The empty tree.
  package init() {
    size = 0
    roots = []
  }

  init(size: UInt64, roots: [Digest]) {
    self.size = size
    self.roots = roots
    checkInvariants()
  }

  /// Nil unless there are exactly 32 bytes for each bit set in `size`. Whether they are the right ones shows in the
  /// root alone.
  package init?(size: UInt64, serialized: [UInt8]) {
    guard serialized.count == size.nonzeroBitCount * Digest.byteCount else { return nil }
    self.size = size
    roots = Digest.all(in: serialized.span)
    checkInvariants()
  }

  /// The leaves under each root, from left to right.
  package var subtrees: [Range<UInt64>] {
    var start: UInt64 = 0
    return (0..<64).reversed().map { UInt64(1) << UInt64($0) }.filter { size & $0 != 0 }.map { width in
      defer { start += width }
      return start..<start + width
    }
  }

  /// The numbers of the roots, from left to right, in which two edges of one size differ. Traps for two sizes.
  package func differences(from other: Frontier) -> [Int] {
    precondition(size == other.size, "edges of two sizes")
    return roots.indices.filter { roots[$0] != other.roots[$0] }
  }

  /// The roots from left to right, 32 bytes each.
  package var serialized: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(roots.count * Digest.byteCount)
    for root in roots { root.append(to: &bytes) }
    return bytes
  }

  /// Adds a leaf by its hash: like adding one to a binary number, each carry joins two subtrees of the same size. One
  /// node hash on average, 64 at most. Traps at 2^64 - 1 leaves.
  package mutating func append(_ leaf: Digest) {
    var root = leaf
    for _ in 0..<(~size).trailingZeroBitCount { root = MerkleTree.nodeHash(roots.removeLast(), root) }
    roots.append(root)
    size += 1
  }

  /// Adds leaves by their hashes, as one after the other would, at little more than half the cost: all nodes of a level
  /// are hashed together.
  package mutating func append(contentsOf leaves: some Sequence<Digest>) {
    var row = Array(leaves)
    let (before, after) = (size, size + UInt64(row.count))
    // What stands at the right edge of each level afterwards, from the leaves up.
    var edge: [Digest] = []
    var level: UInt64 = 0
    while !row.isEmpty {
      if before >> level & 1 == 1 { row.insert(roots.removeLast(), at: 0) }
      if !row.count.isMultiple(of: 2) { edge.append(row.removeLast()) }
      MerkleTree.join(&row)
      level += 1
    }
    roots += edge.reversed()
    size = after
  }

  /// The root of the whole tree; one node hash for each perfect subtree but the last.
  package var root: Digest { MerkleTree.fold(roots) }

  /// Traps unless there is one root for each perfect subtree.
  package func checkInvariants() {
    precondition(roots.count == size.nonzeroBitCount, "a frontier has one root for each bit of its size")
  }
}
