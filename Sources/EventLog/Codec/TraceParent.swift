/// The header of W3C Trace Context level 1, §3.2: `version-traceid-parentid-flags`.
package enum TraceParent {
  /// Whether the text may stand in an event: two, 32, 16 and two lower-case hex digits; version not `ff`, ids not all
  /// zeros. Texts of later versions that are longer are not taken.
  package static func isValid(_ text: String) -> Bool { isValid(text.utf8.span) }

  static func isValid(_ text: Span<UInt8>) -> Bool {
    guard text.count == 55 else { return false }
    for index in text.indices {
      switch index {
      case 2, 35, 52: guard text[index] == UInt8(ascii: "-") else { return false }
      default: guard isDigit(text[index]) else { return false }
      }
    }
    return !text.extracting(0..<2).equals("ff") && !isZero(text.extracting(3..<35)) && !isZero(text.extracting(36..<52))
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }

  private static func isZero(_ digits: Span<UInt8>) -> Bool {
    for index in digits.indices where digits[index] != UInt8(ascii: "0") { return false }
    return true
  }
}
