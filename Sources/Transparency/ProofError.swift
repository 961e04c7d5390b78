/// Why a proof doesn't show what it claims.
package enum ProofError: Error, Equatable, Sendable {
  /// The leaf isn't in a tree of that size, the old size is zero or above the new one.
  case outOfRange
  /// Another number of hashes than such a proof has. Found before anything is hashed.
  case wrongLength
  /// The hashes lead to another root.
  case wrongRoot
}

extension UInt64 {
  /// The largest power of two below a number above one: where a tree of that many leaves is halved (RFC 9162 §2.1.1).
  var largestPowerOfTwoBelow: UInt64 { 1 << UInt64(63 - (self - 1).leadingZeroBitCount) }
}

/// How the path of a node in a tree of `last + 1` nodes climbs: up to `inner` levels on either side, above them only
/// past left siblings, as the path runs along the tree's right edge there.
struct Climb {
  private let node: UInt64
  private let inner: Int

  init(node: UInt64, last: UInt64) {
    self.node = node
    inner = 64 - (node ^ last).leadingZeroBitCount
  }

  /// The siblings on the way, at most 64.
  var count: Int { inner + (node >> UInt64(inner)).nonzeroBitCount }

  /// Whether sibling number `i` from below stands to the left.
  func isLeft(_ i: Int) -> Bool { i >= inner || node >> UInt64(i) & 1 == 1 }
}
