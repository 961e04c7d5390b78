import Glibc

/// Where randomness comes from: one of the seams at which the outside world enters.
public protocol Randomness: Sendable {
  func bytes(_ count: Int) -> [UInt8]
}

/// The kernel's generator, asked once for all bytes: Swift's own makes a call for every eight. Traps where there is none.
public struct SystemRandomness: Randomness {
  public init() {}

  public func bytes(_ count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      // At most 256 bytes a call, and those whole or not at all (getentropy(3)).
      let status = unsafe getentropy(buffer.baseAddress, count)
      precondition(status == 0, "the kernel gives no random bytes, or not so many at once")
      filled = count
    }
  }
}

extension Randomness {
  /// The lower 80 bits of a ULID.
  func ulidBits() -> UInt128 { bytes(10).reduce(0) { $0 << 8 | UInt128($1) } }
}
