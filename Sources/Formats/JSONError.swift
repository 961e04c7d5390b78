/// Why a text was refused as JSON, and where.
///
/// `what` names the rule that was broken and never quotes the input: what is parsed may be a secret.
public struct JSONError: Error, Equatable, Sendable {
  /// Bytes before the place where the rule was broken.
  public let offset: Int
  public let what: String

  @inlinable
  public init(offset: Int, what: String) {
    self.offset = offset
    self.what = what
  }
}

/// How much JSON is read before it is refused.
package struct JSONLimits: Sendable {
  /// Bytes of the whole text.
  package var bytes: Int
  /// Arrays and objects open at once; `[]` needs 1. At most `greatestDepth`, since the parser recurses.
  package var depth: Int

  /// Deep enough for any format, shallow enough for the stack of any thread.
  package static let greatestDepth = 256

  package init(bytes: Int = 1 << 20, depth: Int = 32) {
    precondition(bytes >= 0 && depth >= 0 && depth <= Self.greatestDepth)
    self.bytes = bytes
    self.depth = depth
  }

  /// 2^53 − 1, the greatest integer that every JSON reader keeps exactly (RFC 7493 §2.2).
  package static let greatestInteger: Int64 = 9_007_199_254_740_991
}
