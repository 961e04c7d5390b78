package import Cryptography

/// The hashes that show that the first `oldSize` leaves of the tree of `size` are the old tree (RFC 9162 §2.1.4.1):
/// at most 65, none when the sizes are equal.
///
/// Throws `TreeError.outOfRange` unless 0 < oldSize <= size, as the empty tree is the start of any and needs no proof,
/// and what the reader throws. Reads each tile once.
package func proveConsistency(oldSize: UInt64, size: UInt64, reader: some HashReader) throws -> [Digest] {
  guard oldSize > 0, oldSize <= size else { throw TreeError.outOfRange }
  var tree = StoredTree(size: size, reader: reader)
  var path: [Digest] = []
  // From the root down: into the half where the old tree ends, taking the other half's root along.
  var (low, high) = (UInt64(0), size)
  while oldSize < high {
    let middle = low + (high - low).largestPowerOfTwoBelow
    if oldSize <= middle {
      path.append(try tree.root(of: middle..<high))
      high = middle
    } else {
      path.append(try tree.root(of: low..<middle))
      low = middle
    }
  }
  // What is left is a part of the old tree; all of it the checker knows already.
  if low > 0 { path.append(try tree.root(of: low..<high)) }
  return path.reversed()
}

/// Returns when the proof shows that the tree with `size` and `root` begins with the one of `oldSize` and `oldRoot`
/// (RFC 9162 §2.1.4.2). At most 128 node hashes. An old size of zero is refused: it would prove nothing.
package func checkConsistency(
  oldSize: UInt64, size: UInt64, proof: [Digest], oldRoot: Digest, root: Digest
) throws(ProofError) {
  guard oldSize > 0, oldSize <= size else { throw .outOfRange }
  if oldSize == size {
    guard proof.isEmpty else { throw .wrongLength }
    guard oldRoot == root else { throw .wrongRoot }
    return
  }
  // The climb starts at the old tree's last perfect subtree, so the levels within it don't count.
  let height = UInt64(oldSize.trailingZeroBitCount)
  let climb = Climb(node: (oldSize - 1) >> height, last: (size - 1) >> height)
  // An old tree that is one perfect subtree is itself the start; any other needs its last one from the proof.
  let isPerfect = oldSize.nonzeroBitCount == 1
  guard proof.count == climb.count + (isPerfect ? 0 : 1) else { throw .wrongLength }
  var old = isPerfect ? oldRoot : proof[0]
  var new = old
  for (i, sibling) in proof.suffix(climb.count).enumerated() {
    if climb.isLeft(i) {
      old = MerkleTree.nodeHash(sibling, old)
      new = MerkleTree.nodeHash(sibling, new)
    } else {
      new = MerkleTree.nodeHash(new, sibling)
    }
  }
  guard old == oldRoot, new == root else { throw .wrongRoot }
}
