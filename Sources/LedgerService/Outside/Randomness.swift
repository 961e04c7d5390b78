import Glibc

/// Where randomness comes from: one of the seams at which the outside world enters.
public protocol Randomness: Sendable {
  func bytes(_ count: Int) -> [UInt8]
}

/// The kernel's generator. A machine without one is no machine to make keys on: it traps.
public struct SystemRandomness: Randomness {
  public init() {}

  public func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = unsafe getrandom(buffer.baseAddress.map { unsafe $0 + filled }, count - filled, 0)
        precondition(got > 0 || errno == EINTR, "getrandom failed")
        filled += max(got, 0)
      }
    }
  }
}

extension Randomness {
  /// The lower 80 bits of a ULID.
  func ulidBits() -> UInt128 { bytes(10).reduce(0) { $0 << 8 | UInt128($1) } }
}
