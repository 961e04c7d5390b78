// Strings of JSON: RFC 8259 §7, and RFC 8785 §3.2.2.2 for the escapes that canonical texts may hold.

extension JSONReader {
  /// The next value, a string, checked to be UTF-8.
  @_lifetime(self: copy self)
  public mutating func readString() throws(JSONError) -> String {
    let body = try scanString()
    guard !body.escaped else { return try unescape(body.range) }
    return try decode(body.range)
  }

  /// The next value, a string or null.
  @_lifetime(self: copy self)
  public mutating func readNullableString() throws(JSONError) -> String? {
    if tryNull() { return nil }
    return try readString()
  }

  /// The range, within the bytes given to the reader, of the next value: a string of ASCII without escapes.
  ///
  /// So ids, times and digests are parsed where they lie, without a `String`.
  @inlinable @_lifetime(self: copy self)
  public mutating func readSpan() throws(JSONError) -> Range<Int> {
    let start = offset
    let body = try scanString()
    guard !body.escaped && body.ascii else {
      throw JSONError(offset: start, what: "expected a string of ASCII without escapes")
    }
    return body.range
  }

  /// The bytes of the next value: a string of ASCII without escapes.
  @inlinable @_lifetime(copy self) @_lifetime(self: copy self)
  public mutating func readASCII() throws(JSONError) -> Span<UInt8> {
    let range = try readSpan()
    return bytes.extracting(range)
  }

  /// The bytes of the next value, a string of so many bytes, whatever they are: for the caller who accepts of them only
  /// ASCII that needs no escape.
  @inlinable @_lifetime(copy self) @_lifetime(self: copy self)
  public mutating func readUnchecked(_ count: Int) throws(JSONError) -> Span<UInt8> {
    guard bytes.count - offset >= count + 2, bytes[offset] == 0x22, bytes[offset + count + 1] == 0x22 else {
      throw failure("expected a string of another length")
    }
    let start = offset + 1
    offset = start + count + 1
    afterValue = true
    return bytes.extracting(start..<start + count)
  }

  /// The bytes of the value that comes next with its quotes, where it is a string without an escape; else none. Whether
  /// they are UTF-8 is another question. Does not move.
  @inlinable @_lifetime(copy self)
  public func peekPlainString() -> Span<UInt8> {
    guard offset < bytes.count, bytes[offset] == 0x22 else { return Span() }
    var ascii = true
    let end = endOfPlainRun(from: offset + 1, &ascii)
    guard end < bytes.count, bytes[end] == 0x22 else { return Span() }
    return bytes.extracting(offset..<end + 1)
  }

  /// Passes over a string, checked as if it were read.
  @_lifetime(self: copy self)
  mutating func skipString() throws(JSONError) {
    let body = try scanString()
    if body.escaped {
      _ = try unescape(body.range)
    } else if !body.ascii {
      try validate(body.range)
    }
  }

  /// Finds the closing quote. Bytes beyond ASCII and what follows a backslash are not looked at yet.
  @usableFromInline @_lifetime(self: copy self)
  mutating func scanString() throws(JSONError) -> (range: Range<Int>, escaped: Bool, ascii: Bool) {
    guard take(0x22) else { throw failure("expected a string") }
    let start = offset
    var i = start
    var escaped = false
    var ascii = true
    while true {
      i = endOfPlainRun(from: i, &ascii)
      guard i < bytes.count else { break }
      if bytes[i] == 0x22 {
        offset = i + 1
        afterValue = true
        return (start..<i, escaped, ascii)
      }
      guard bytes[i] == 0x5C else { throw JSONError(offset: i, what: "control character in a string") }
      // The byte after a backslash is no closing quote.
      escaped = true
      i += 1
      guard i < bytes.count else { break }
      if bytes[i] < 0x20 { throw JSONError(offset: i, what: "control character in a string") }
      i += 1
    }
    throw JSONError(offset: bytes.count, what: "string without an end")
  }

  /// The offset of the next quote, backslash or control character, or of the end; clears `ascii` on any byte beyond.
  @usableFromInline
  func endOfPlainRun(from start: Int, _ ascii: inout Bool) -> Int {
    let words = Words(bytes)
    var i = start
    while i + 8 <= words.count {
      let word = words[i]
      let found = Words.specials(word)
      let plain = found == 0 ? 8 : found.trailingZeroBitCount / 8
      let before = found == 0 ? Words.highBits : Words.highBits & (found &- 1)
      if word & before != 0 { ascii = false }
      i += plain
      if found != 0 { return i }
    }
    while i < bytes.count, bytes[i] >= 0x20, bytes[i] != 0x22, bytes[i] != 0x5C {
      if bytes[i] >= 0x80 { ascii = false }
      i += 1
    }
    return i
  }

  private func decode(_ range: Range<Int>) throws(JSONError) -> String {
    do throws(UTF8.ValidationError) {
      return String(copying: try UTF8Span(validating: bytes.extracting(range)))
    } catch {
      throw JSONError(offset: range.lowerBound + error.byteOffsets.lowerBound, what: "not UTF-8")
    }
  }

  private func validate(_ range: Range<Int>) throws(JSONError) {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.extracting(range))
    } catch {
      throw JSONError(offset: range.lowerBound + error.byteOffsets.lowerBound, what: "not UTF-8")
    }
  }

  private func unescape(_ range: Range<Int>) throws(JSONError) -> String {
    // Before unescaping, so that the offset of a wrong byte is that of the input. Escapes are ASCII and add no fault.
    try validate(range)
    var text: [UInt8] = []
    text.reserveCapacity(range.count)
    var i = range.lowerBound
    while i < range.upperBound {
      guard bytes[i] == 0x5C else {
        text.append(bytes[i])
        i += 1
        continue
      }
      if bytes[i + 1] == 0x75 {
        i = try unescapeUnicode(at: i, before: range.upperBound, to: &text)
      } else {
        text.append(try shortEscape(at: i))
        i += 2
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// What the escape of two bytes at this offset stands for.
  private func shortEscape(at i: Int) throws(JSONError) -> UInt8 {
    switch bytes[i + 1] {
    case 0x22: return 0x22
    case 0x5C: return 0x5C
    case 0x62: return 0x08
    case 0x66: return 0x0C
    case 0x6E: return 0x0A
    case 0x72: return 0x0D
    case 0x74: return 0x09
    case 0x2F where !canonical: return 0x2F
    default: throw JSONError(offset: i, what: "unknown or needless escape")
    }
  }

  /// Appends the scalar of the `\u` escape, or pair of them, at this offset; returns the offset after it.
  private func unescapeUnicode(at i: Int, before end: Int, to text: inout [UInt8]) throws(JSONError) -> Int {
    let unit = try codeUnit(at: i, before: end)
    if canonical {
      // What has a short form or needs no escape is never written this way.
      guard unit < 0x20, !(0x08...0x0D).contains(unit) || unit == 0x0B else {
        throw JSONError(offset: i, what: "needless escape")
      }
    }
    if let scalar = Unicode.Scalar(unit) {
      text.append(contentsOf: String(scalar).utf8)
      return i + 6
    }
    guard unit < 0xDC00, end - i >= 12, bytes[i + 6] == 0x5C, bytes[i + 7] == 0x75 else {
      throw JSONError(offset: i, what: "lone surrogate")
    }
    let low = try codeUnit(at: i + 6, before: end)
    guard 0xDC00...0xDFFF ~= low,
      let scalar = Unicode.Scalar(0x1_0000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
    else { throw JSONError(offset: i, what: "lone surrogate") }
    text.append(contentsOf: String(scalar).utf8)
    return i + 12
  }

  /// The four hexadecimal digits of the `\u` escape at this offset.
  private func codeUnit(at i: Int, before end: Int) throws(JSONError) -> UInt16 {
    guard end - i >= 6 else { throw JSONError(offset: i, what: "escape of less than four hexadecimal digits") }
    var unit: UInt16 = 0
    for k in i + 2..<i + 6 {
      // Canonical texts write the digits in lower case.
      guard let digit = canonical ? Hex.value(bytes[k]) : Hex.value(bytes[k] | (bytes[k] > 0x40 ? 0x20 : 0)) else {
        throw JSONError(offset: i, what: "escape of other than four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}
