/// Hexadecimal, RFC 4648 §8 but in lower case, as digests stand in records.
package enum Hex {
  package static func encode(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    encode(Array(bytes), to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends two digits a byte.
  @inlinable
  package static func encode(_ bytes: [UInt8], to text: inout [UInt8]) {
    for byte in bytes {
      text.append(digit(byte >> 4))
      text.append(digit(byte & 15))
    }
  }

  /// The bytes of an even number of lower-case digits, else nil.
  package static func decode(_ text: String) -> [UInt8]? {
    decode(text.utf8.span)
  }

  /// The bytes of an even number of lower-case digits, else nil.
  package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
    decode(text, folding: 0)
  }

  /// The bytes of an even number of digits of either case, for what people type; else nil.
  package static func decodeAnyCase(_ text: String) -> [UInt8]? {
    decode(text.utf8.span, folding: 0x20)
  }

  private static func decode(_ text: Span<UInt8>, folding: UInt8) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var i = 0
    while i < text.count {
      guard let high = value(folded(text[i], folding)), let low = value(folded(text[i + 1], folding)) else {
        return nil
      }
      bytes.append(high << 4 | low)
      i += 2
    }
    return bytes
  }

  /// The number that sixteen lower-case digits from that offset on write; nil for anything else. Eight at a time, since
  /// a replay reads millions of digests.
  package static func number(_ text: Span<UInt8>, at offset: Int) -> UInt64? {
    guard text.count - offset >= 16 else { return nil }
    let words = Words(text)
    guard let high = half(words[offset]), let low = half(words[offset + 8]) else { return nil }
    return high << 32 | low
  }

  /// The number of eight digits, the first in the lowest byte of the word.
  private static func half(_ word: UInt64) -> UInt64? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // Letters have bit 0x40 and count from 1 in their lower bits.
    var digits = (word & (ones &* 0x0f)) &+ ((word >> 6) & ones) &* 9
    // Written again they must be the same bytes.
    let letters = ((digits &+ ones &* 6) >> 4) & ones
    guard digits & (ones &* 0xf0) == 0, digits &+ ones &* 0x30 &+ letters &* 0x27 == word else { return nil }
    digits = digits.byteSwapped
    digits = (digits | digits >> 4) & 0x00ff_00ff_00ff_00ff
    digits = (digits | digits >> 8) & 0x0000_ffff_0000_ffff
    return (digits | digits >> 16) & 0xffff_ffff
  }

  /// Letters lie from 0x40 on; below, the bit would make digits of control characters.
  private static func folded(_ byte: UInt8, _ folding: UInt8) -> UInt8 {
    byte > 0x40 ? byte | folding : byte
  }

  /// - Parameter value: 0 to 15.
  @inlinable
  package static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x57 + value
  }

  /// 0 to 15 for a lower-case digit, else nil.
  @inlinable
  package static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
