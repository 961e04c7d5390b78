/// A SHA-256 value: 32 bytes, held as four big-endian words without a heap object.
///
/// Equality takes the same time wherever two digests differ, so a digest of a secret may be compared with `==`.
/// The order is that of the bytes and is not constant-time.
package struct Digest: Hashable, Comparable, Sendable {
  package static let byteCount = 32

  /// Big-endian.
  package var words: (UInt64, UInt64, UInt64, UInt64)

  init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Nil unless there are exactly 32 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Digest.byteCount else { return nil }
    var iterator = bytes.makeIterator()
    func word() -> UInt64 {
      var value: UInt64 = 0
      for _ in 0..<8 { value = value << 8 | UInt64(iterator.next() ?? 0) }
      return value
    }
    words = (word(), word(), word(), word())
  }

  /// The digests that stand one behind the other; traps unless they fill the bytes. A tile holds 256 of them, and every
  /// proof reads several.
  package static func all(in bytes: Span<UInt8>) -> [Digest] {
    precondition(bytes.count % byteCount == 0, "bytes that are no digests")
    func word(_ start: Int) -> UInt64 {
      var value: UInt64 = 0
      for index in start..<start + 8 { value = value << 8 | UInt64(bytes[index]) }
      return value
    }
    return stride(from: 0, to: bytes.count, by: byteCount).map { start in
      Digest(words: (word(start), word(start + 8), word(start + 16), word(start + 24)))
    }
  }

  package var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(Digest.byteCount)
    append(to: &result)
    return result
  }

  package func append(to bytes: inout [UInt8]) {
    unsafe withBytes { unsafe bytes.append(contentsOf: $0) }
  }

  /// Lends the 32 bytes as they stand on the stack.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    let inOrder: InlineArray<4, UInt64> = [
      words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian,
    ]
    return unsafe inOrder.span.withUnsafeBytes { unsafe body($0) }
  }

  /// 64 digits in lower case.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(2 * Digest.byteCount)
    for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  /// For what is public, such as roots: it may end at the first difference. Authentication codes are compared by their bytes,
  /// with `ConstantTime.equal`.
  package static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }

  package static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

extension Digest: CustomStringConvertible {
  package var description: String { hex }
}
