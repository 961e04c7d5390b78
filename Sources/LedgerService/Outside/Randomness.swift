/// Where randomness comes from: one of the seams at which the outside world enters.
public protocol Randomness: Sendable {
  func bytes(_ count: Int) -> [UInt8]
}

/// The kernel's generator, through Swift's own: getrandom(2) on Linux. It traps where there is none.
public struct SystemRandomness: Randomness {
  public init() {}

  public func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 7)
    while bytes.count < count {
      let word: UInt64 = generator.next()
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}

extension Randomness {
  /// The lower 80 bits of a ULID.
  func ulidBits() -> UInt128 { bytes(10).reduce(0) { $0 << 8 | UInt128($1) } }
}
