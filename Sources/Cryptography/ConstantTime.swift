internal import CCPU

/// Comparison of secrets, tokens and authentication codes.
package enum ConstantTime {
  /// The time depends on the lengths alone, which are public: arrays of different length differ at once.
  package static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool { equal(a.span, b.span) }

  /// As for arrays.
  package static func equal(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    return unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        // No address, no bytes: both are empty.
        guard let left = a.baseAddress, let right = b.baseAddress else { return true }
        return unsafe keyledger_equal(left, right, a.count) == 1
      }
    }
  }
}
