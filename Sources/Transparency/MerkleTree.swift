package import Cryptography

/// The hashes of RFC 9162 §2.1.1 (the tree of RFC 6962). The prefixes keep a leaf from passing for a node.
package enum MerkleTree {
  /// The root of the tree without leaves: SHA-256 of nothing.
  package static let emptyRoot = SHA256.hash([])

  /// SHA-256(0x00 ‖ record).
  package static func leafHash(_ record: Span<UInt8>) -> Digest { SHA256.hash(prefix: 0, record) }

  /// SHA-256(0x00 ‖ record).
  package static func leafHash(_ record: [UInt8]) -> Digest { SHA256.hash(prefix: 0, record.span) }

  /// SHA-256(0x01 ‖ left ‖ right).
  package static func nodeHash(_ left: Digest, _ right: Digest) -> Digest { SHA256.hash(prefix: 1, left, right) }

  /// Puts the nodes over neighbours, from the left, in their place; some at a time, so at little more than half the cost of
  /// one after the other. Traps for an odd number.
  static func join(_ row: inout [Digest]) { SHA256.joinPairs(prefix: 1, &row) }

  /// The root over the roots of perfect subtrees that lie side by side, the largest on the left: each joins what
  /// stands to its right. The empty tree's for none.
  static func fold(_ roots: some BidirectionalCollection<Digest>) -> Digest {
    guard var root = roots.last else { return emptyRoot }
    for left in roots.dropLast().reversed() { root = nodeHash(left, root) }
    return root
  }
}
