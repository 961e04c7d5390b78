internal import Glibc

/// The byte tests of the grammar, each a bit in a word. Bytes from 0x80 are in none but `isFieldContent`.
extension UInt8 {
  /// RFC 9110 §5.6.2: `tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" /
  /// DIGIT / ALPHA`.
  @inline(__always)
  var isToken: Bool { isIn(0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE) }

  /// RFC 9110 §5.5: `field-content = field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ]`, `field-vchar = VCHAR /
  /// obs-text`, `obs-text = %x80-FF`.
  @inline(__always)
  var isFieldContent: Bool { self >= 0x20 ? self != 0x7F : self == 0x09 }

  /// What stands in a path or a query, `%` and its digits apart: RFC 3986 §3.3 `pchar = unreserved / pct-encoded /
  /// sub-delims / ":" / "@"`, `/`, and ``[ \ ] ^ ` { | }``, which the URL standard lets browsers send as they are.
  @inline(__always)
  var isTarget: Bool { isIn(0x2FFF_FFD2_0000_0000, 0x7FFF_FFFF_FFFF_FFFF) }

  /// RFC 3986 §3.2.2: `reg-name = *( unreserved / pct-encoded / sub-delims )`, without `pct-encoded`: no name that is
  /// looked up in DNS has one.
  @inline(__always)
  var isHostName: Bool { isIn(0x2BFF_7FD2_0000_0000, 0x47FF_FFFE_87FF_FFFE) }

  @inline(__always)
  var isDigit: Bool { self &- 0x30 < 10 }

  /// RFC 9110 §5.6.3: `OWS = *( SP / HTAB )`.
  @inline(__always)
  var isBlank: Bool { self == 0x20 || self == 0x09 }

  /// The value of a hexadecimal digit in either case.
  @inline(__always)
  var hexadecimal: UInt8? {
    let digit = self &- 0x30
    if digit < 10 { return digit }
    let letter = (self | 0x20) &- 0x61
    return letter < 6 ? letter + 10 : nil
  }

  /// ASCII lower case.
  @inline(__always)
  var lowered: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

  @inline(__always)
  private func isIn(_ low: UInt64, _ high: UInt64) -> Bool {
    guard self < 0x80 else { return false }
    return ((self < 0x40 ? low : high) &>> UInt64(self & 63)) & 1 == 1
  }
}

extension Span<UInt8> {
  /// Whether the bytes of `range` are `word`, which is in lower case, in any case of ASCII.
  func isWord(_ word: StaticString, in range: Range<Int>) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { word in
      for index in 0..<word.count where unsafe self[range.lowerBound + index].lowered != word[index] { return false }
      return true
    }
  }

  /// Whether the bytes of `range` are exactly `word`.
  func isExactly(_ word: StaticString, in range: Range<Int>) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { word in
      for index in 0..<word.count where unsafe self[range.lowerBound + index] != word[index] { return false }
      return true
    }
  }

  /// The first place of `byte` in `range`.
  func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
    unsafe extracting(range).withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, let found = unsafe memchr(start, Int32(byte), bytes.count) else {
        return nil
      }
      return unsafe range.lowerBound + (UnsafeRawPointer(found) - start)
    }
  }

  /// Whether all bytes of `range` are `isFieldContent`. Eight at a time where none of them is a control character.
  func isFieldContent(in range: Range<Int>) -> Bool {
    var index = range.lowerBound
    while index < range.upperBound {
      // What is left at the end is looked at together with what is before it.
      let eight = range.count >= 8 ? Swift.min(index, range.upperBound - 8) : index
      if range.count >= 8, !hasControl(at: eight) {
        index = eight + 8
      } else {
        guard self[index].isFieldContent else { return false }
        index += 1
      }
    }
    return true
  }

  /// Whether one of eight bytes is below 0x20 or 0x7F: subtracted bytewise, only such a byte borrows into a top bit that
  /// it did not have (Warren, Hacker's Delight 6-1).
  @inline(__always)
  private func hasControl(at index: Int) -> Bool {
    let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    let eight = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
    let deletes = eight ^ (ones &* 0x7F)
    return ((eight &- ones &* 0x20) & ~eight | (deletes &- ones) & ~deletes) & tops != 0
  }

  /// `range` without the blanks at its ends.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, self[start].isBlank { start += 1 }
    while start < end, self[end - 1].isBlank { end -= 1 }
    return start..<end
  }
}
