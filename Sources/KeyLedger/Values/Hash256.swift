/// Thirty-two bytes of SHA-256 that were computed outside: a fingerprint, a commitment, a root. Inline, no heap.
public struct Hash256: Hashable, Sendable {
  public let words: (UInt64, UInt64, UInt64, UInt64)

  /// The bytes as four big-endian words.
  public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Nil unless there are exactly 32 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var word: UInt64 = 0
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    for (index, byte) in bytes.enumerated() {
      word = word << 8 | UInt64(byte)
      switch index {
      case 7: words.0 = word
      case 15: words.1 = word
      case 23: words.2 = word
      case 31: words.3 = word
      default: break
      }
    }
    self.words = words
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    write(to: &bytes)
    return bytes
  }

  /// Appends the 32 bytes.
  public func write(to bytes: inout [UInt8]) {
    let words = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    unsafe withUnsafeBytes(of: words) { unsafe bytes.append(contentsOf: $0) }
  }

  /// Looks at every word, wherever the first difference stands.
  @inlinable public static func == (a: Hash256, b: Hash256) -> Bool {
    union(a.words.0 ^ b.words.0, a.words.1 ^ b.words.1, a.words.2 ^ b.words.2, a.words.3 ^ b.words.3) == 0
  }

  /// All bits that are in one of them. Never inlined: where the compiler sees that only zero counts, it makes four branches
  /// of this, and the first difference ends it (seen in the code of 6.3.1).
  @inline(never)
  @usableFromInline static func union(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> UInt64 { a | b | c | d }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.3)
  }
}
