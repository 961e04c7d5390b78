package import Cryptography

/// The hashes that lead from the leaf numbered `index` to the root of the first `size` leaves, lowest first
/// (RFC 9162 §2.1.3.1): at most 64.
///
/// Throws `TreeError.outOfRange` when the leaf isn't among them, and what the reader throws. Reads each tile once.
package func proveInclusion(index: UInt64, size: UInt64, reader: some HashReader) throws -> [Digest] {
  guard index < size else { throw TreeError.outOfRange }
  var tree = StoredTree(size: size, reader: reader)
  var path: [Digest] = []
  // From the root down: into the half with the leaf, taking the other half's root along.
  var (low, high) = (UInt64(0), size)
  while high - low > 1 {
    let middle = low + (high - low).largestPowerOfTwoBelow
    if index < middle {
      path.append(try tree.root(of: middle..<high))
      high = middle
    } else {
      path.append(try tree.root(of: low..<middle))
      low = middle
    }
  }
  return path.reversed()
}

/// Returns when the proof shows that `leaf` is the hash of leaf number `index` in the tree with this size and root
/// (RFC 9162 §2.1.3.2). At most 64 node hashes.
package func checkInclusion(
  leaf: Digest, index: UInt64, size: UInt64, proof: [Digest], root: Digest
) throws(ProofError) {
  guard index < size else { throw .outOfRange }
  let climb = Climb(node: index, last: size - 1)
  guard proof.count == climb.count else { throw .wrongLength }
  var hash = leaf
  for (i, sibling) in proof.enumerated() {
    hash = climb.isLeft(i) ? MerkleTree.nodeHash(sibling, hash) : MerkleTree.nodeHash(hash, sibling)
  }
  guard hash == root else { throw .wrongRoot }
}
