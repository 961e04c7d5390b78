/// RFC 4648 §4: the standard alphabet, padded, no line breaks.
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    let alphabet = Self.alphabet
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group: UInt32 = 0
      for i in 0..<3 { group = group << 8 | (i < count ? UInt32(bytes[start + i]) : 0) }
      for i in 0..<4 {
        text.append(i <= count ? alphabet[Int(group >> (18 - 6 * UInt32(i)) & 63)] : 0x3D)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that encode to exactly this text, else nil: padding must be there, and the bits it leaves over be zero.
  package static func decode(_ text: String) -> [UInt8]? {
    let text = text.utf8.span
    guard text.count.isMultiple(of: 4) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    for start in stride(from: 0, to: text.count, by: 4) {
      var digits = 4
      if start + 4 == text.count {
        while digits > 2, text[start + digits - 1] == 0x3D { digits -= 1 }
      }
      var group: UInt32 = 0
      for i in 0..<4 {
        guard let value = i < digits ? value(text[start + i]) : 0 else { return nil }
        group = group << 6 | value
      }
      let spare: UInt32 = digits == 2 ? 0xFFFF : digits == 3 ? 0xFF : 0
      guard group & spare == 0 else { return nil }
      for i in 0..<digits - 1 { bytes.append(UInt8(truncatingIfNeeded: group >> (16 - 8 * UInt32(i)))) }
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt32? {
    switch digit {
    case 0x41...0x5A: UInt32(digit - 0x41)
    case 0x61...0x7A: UInt32(digit - 0x61 + 26)
    case 0x30...0x39: UInt32(digit - 0x30 + 52)
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }
}
