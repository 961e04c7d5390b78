/// Poly1305 (RFC 8439 §2.5) as its AEAD uses it: everything absorbed comes in whole blocks of 16 bytes.
///
/// Numbers modulo 2^130 - 5 are five limbs of 26 bits, so that a sum of five products fits 64 bits and no step
/// branches on a secret.
struct Poly1305 {
  static let tagByteCount = 16
  private static let mask: UInt64 = (1 << 26) - 1

  private var h = InlineArray<5, UInt64>(repeating: 0)
  private let r: InlineArray<5, UInt64>
  private let s: InlineArray<4, UInt32>

  /// The one-time key: the first 32 bytes of the key stream's block 0 (§2.6).
  init(key: InlineArray<16, UInt32>) {
    // Clamped (§2.5): the four top bits of each word, the two low bits of the upper three.
    let clamped = [key[0] & 0x0fff_ffff, key[1] & 0x0fff_fffc, key[2] & 0x0fff_fffc, key[3] & 0x0fff_fffc]
    r = Poly1305.limbs(clamped[0], clamped[1], clamped[2], clamped[3], top: 0)
    s = [key[4], key[5], key[6], key[7]]
  }

  /// The bytes and the zeros that fill their last block (§2.8 pad16).
  mutating func absorbPadded(_ bytes: [UInt8]) {
    let whole = bytes.count / 16 * 16
    for start in stride(from: 0, to: whole, by: 16) { absorbBlock(bytes, at: start) }
    guard whole < bytes.count else { return }
    var last = Array(bytes[whole...])
    last.append(contentsOf: repeatElement(0, count: 16 - last.count))
    absorbBlock(last, at: 0)
  }

  /// The two lengths in bytes that end the AEAD's input, each 64 bits with the lowest byte first.
  mutating func absorbLengths(_ a: Int, _ b: Int) {
    let (a, b) = (UInt64(a), UInt64(b))
    absorb(
      UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: a >> 32),
      UInt32(truncatingIfNeeded: b), UInt32(truncatingIfNeeded: b >> 32))
  }

  /// The tag: (h mod 2^130 - 5) + s, its low 128 bits.
  consuming func finalize() -> [UInt8] {
    carry()
    carry()
    // h - p has no borrow beyond bit 130 exactly when h >= p; then it is what counts. Chosen by mask, not by branch.
    var reduced = InlineArray<5, UInt64>(repeating: 0)
    var carried: UInt64 = 5
    for i in 0..<5 {
      carried += h[i]
      reduced[i] = carried & Poly1305.mask
      carried >>= 26
    }
    let takeReduced = 0 &- carried
    for i in 0..<5 { h[i] = (h[i] & ~takeReduced) | (reduced[i] & takeReduced) }

    let words: InlineArray<4, UInt64> = [
      (h[0] | h[1] << 26) & 0xffff_ffff, (h[1] >> 6 | h[2] << 20) & 0xffff_ffff,
      (h[2] >> 12 | h[3] << 14) & 0xffff_ffff, (h[3] >> 18 | h[4] << 8) & 0xffff_ffff,
    ]
    var tag: [UInt8] = []
    tag.reserveCapacity(Poly1305.tagByteCount)
    var sum: UInt64 = 0
    for i in 0..<4 {
      sum = sum >> 32 + words[i] + UInt64(s[i])
      for shift in stride(from: UInt64(0), to: 32, by: 8) { tag.append(UInt8(truncatingIfNeeded: sum >> shift)) }
    }
    return tag
  }

  private mutating func absorbBlock(_ bytes: [UInt8], at start: Int) {
    absorb(
      littleEndianWord(bytes, at: start), littleEndianWord(bytes, at: start + 4),
      littleEndianWord(bytes, at: start + 8), littleEndianWord(bytes, at: start + 12))
  }

  /// h = (h + block + 2^128) · r. Limbs of the sum stay under 2^28 and those of r under 2^26, so each column, with
  /// its factors of five, stays under 2^59.
  private mutating func absorb(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) {
    let block = Poly1305.limbs(a, b, c, d, top: 1)
    var sum = h
    for i in 0..<5 { sum[i] += block[i] }
    for column in 0..<5 {
      var value: UInt64 = 0
      for i in 0..<5 {
        // What lands at 2^130 and above comes back five-fold, as 2^130 = 5 modulo p.
        value += i <= column ? sum[i] * r[column - i] : sum[i] * (5 * r[column + 5 - i])
      }
      h[column] = value
    }
    carry()
  }

  /// Moves what exceeds 26 bits into the next limb, and out of the last one, five-fold, into the first.
  private mutating func carry() {
    var carried: UInt64 = 0
    for i in 0..<5 {
      let value = h[i] + carried
      h[i] = value & Poly1305.mask
      carried = value >> 26
    }
    let first = h[0] + carried * 5
    h[0] = first & Poly1305.mask
    h[1] += first >> 26
  }

  private static func limbs(
    _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, top: UInt64
  ) -> InlineArray<5, UInt64> {
    let low = UInt64(a) | UInt64(b) << 32
    let high = UInt64(c) | UInt64(d) << 32
    return [
      low & mask, low >> 26 & mask, (low >> 52 | high << 12) & mask,
      high >> 14 & mask, high >> 40 | top << 24,
    ]
  }
}
