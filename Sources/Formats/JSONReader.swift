/// Pulls the values of one canonical JSON text (RFC 8785) out of its bytes, in the order that the caller demands.
///
/// For records read by the million: nothing is allocated but the strings handed out (one of them with an escape costs
/// a buffer more). It accepts no whitespace, no escape and no integer that canonical writing would not have produced.
/// So a text that was read member by member, demanded in sorted order, to its `end()` is canonical.
/// After an error the reader is good for nothing; errors carry the offset in bytes.
///
/// Public, as what it needs of this room: the compiler inlines nothing that is `package` into another room, and a record
/// is some fifty calls. Of them inlined, an event takes 670 instructions less.
public struct JSONReader: ~Copyable, ~Escapable {
  @usableFromInline let bytes: Span<UInt8>
  /// Bytes consumed so far.
  public var offset: Int
  /// Whether a value was just completed, so that the next member or element needs a comma before it.
  @usableFromInline var afterValue = false
  /// Refuse escapes and integers that RFC 8785 would write otherwise. Off only inside the tree parser.
  @usableFromInline let canonical: Bool

  @inlinable @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) {
    self.bytes = bytes
    self.offset = 0
    self.canonical = true
  }

  @_lifetime(copy bytes)
  init(anyForm bytes: Span<UInt8>) {
    self.bytes = bytes
    self.offset = 0
    self.canonical = false
  }
}

// MARK: Objects and arrays

extension JSONReader {
  @inlinable @_lifetime(self: copy self)
  public mutating func beginObject() throws(JSONError) {
    guard take(0x7B) else { throw failure("expected an object") }
    afterValue = false
  }

  /// Demands that the next member has exactly this name, and stands before its value.
  ///
  /// - Parameter name: printable ASCII that needs no escape.
  @inlinable @inline(__always) @_lifetime(self: copy self)
  public mutating func nextMember(_ name: StaticString) throws(JSONError) {
    guard matchMember(name) else { throw missing(name) }
  }

  /// Whether the next member has this name; if so stands before its value, else does not move.
  @inlinable @inline(__always) @_lifetime(self: copy self)
  public mutating func ifMember(_ name: StaticString) throws(JSONError) -> Bool {
    matchMember(name)
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func endObject() throws(JSONError) {
    guard take(0x7D) else { throw failure("expected the end of the object") }
    afterValue = true
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func beginArray() throws(JSONError) {
    guard take(0x5B) else { throw failure("expected an array") }
    afterValue = false
  }

  /// Whether there is another element, and stands before it; at the end has consumed the bracket.
  @inlinable @_lifetime(self: copy self)
  public mutating func nextElement() throws(JSONError) -> Bool {
    if take(0x5D) {
      afterValue = true
      return false
    }
    if afterValue {
      guard take(0x2C) else { throw failure("expected a comma or the end of the array") }
      afterValue = false
    }
    return true
  }

  /// Demands that nothing follows.
  @inlinable @_lifetime(self: copy self)
  public mutating func end() throws(JSONError) {
    guard offset == bytes.count else { throw failure("bytes after the value") }
  }

  @inlinable @inline(__always) @_lifetime(self: copy self)
  mutating func matchMember(_ name: StaticString) -> Bool {
    let length = name.utf8CodeUnitCount
    // ,"name": and without the comma for the first one.
    let start = afterValue ? offset + 2 : offset + 1
    guard bytes.count - start >= length + 2 else { return false }
    guard afterValue ? pair(offset) == 0x222C : bytes[offset] == 0x22 else { return false }
    guard pair(start + length) == 0x3A22, bytes.equals(name, at: start) else { return false }
    offset = start + length + 2
    afterValue = false
    return true
  }

  /// Two bytes, the first of them the lower one; they must be there.
  @inlinable @inline(__always)
  func pair(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8 }
}

// MARK: Plain values

extension JSONReader {
  @_lifetime(self: copy self)
  public mutating func readInteger() throws(JSONError) -> Int64 {
    let start = offset
    let negative = take(0x2D)
    let first = offset
    var value: Int64 = 0
    while offset < bytes.count, bytes[offset] &- 0x30 < 10 {
      // Sixteen digits hold 2^53 − 1 and cannot overflow.
      guard offset - first < 16 else { throw JSONError(offset: start, what: "integer beyond 2^53 - 1") }
      value = value &* 10 &+ Int64(bytes[offset] &- 0x30)
      offset += 1
    }
    guard offset > first else { throw failure(negative ? "expected a digit" : "expected an integer") }
    guard bytes[first] != 0x30 || offset == first + 1 else {
      throw JSONError(offset: first, what: "number with a leading zero")
    }
    if offset < bytes.count, bytes[offset] == 0x2E || bytes[offset] | 0x20 == 0x65 {
      throw failure("only integers without fraction or exponent are numbers here")
    }
    guard value <= JSONLimits.greatestInteger else {
      throw JSONError(offset: start, what: "integer beyond 2^53 - 1")
    }
    guard !(canonical && negative && value == 0) else { throw JSONError(offset: start, what: "minus zero") }
    afterValue = true
    return negative ? -value : value
  }

  /// The number of the next value, a string of up to sixteen decimal digits without leading zeros; nil for any other
  /// value, and then does not move.
  @_lifetime(self: copy self)
  public mutating func tryDecimal() -> Int64? {
    guard offset < bytes.count, bytes[offset] == 0x22 else { return nil }
    let first = offset + 1
    var (end, value) = (first, Int64(0))
    while end < bytes.count, bytes[end] &- 0x30 < 10, end - first < 16 {
      value = value &* 10 &+ Int64(bytes[end] &- 0x30)
      end += 1
    }
    guard end < bytes.count, bytes[end] == 0x22, end > first, bytes[first] != 0x30 || end == first + 1 else {
      return nil
    }
    offset = end + 1
    afterValue = true
    return value
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func readBool() throws(JSONError) -> Bool {
    if takeWord("true") { return true }
    if takeWord("false") { return false }
    throw failure("expected true or false")
  }

  @_lifetime(self: copy self)
  public mutating func readNull() throws(JSONError) {
    guard takeWord("null") else { throw failure("expected null") }
  }

  /// Whether the next value is null, which is then consumed; else does not move.
  @inlinable @_lifetime(self: copy self)
  public mutating func tryNull() -> Bool {
    takeWord("null")
  }

  /// Passes over one value of any kind, whose strings and numbers are checked as strictly as if they were read.
  ///
  /// Member names inside are not compared with one another. Throws beyond the default depth of `JSONLimits`.
  @_lifetime(self: copy self)
  public mutating func skipValue() throws(JSONError) {
    try skipValue(depth: JSONLimits().depth)
  }

  /// The bytes from here through the first that is `byte`; none where there is no such byte. Does not move.
  @_lifetime(copy self)
  public func upThrough(_ byte: UInt8) -> Span<UInt8> {
    let words = Words(bytes)
    var i = offset
    while i + 8 <= words.count {
      let found = Words.occurrences(of: byte, in: words[i])
      if found != 0 { return bytes.extracting(offset..<i + found.trailingZeroBitCount / 8 + 1) }
      i += 8
    }
    while i < bytes.count {
      if bytes[i] == byte { return bytes.extracting(offset..<i + 1) }
      i += 1
    }
    return Span()
  }

  /// What stands from here to the end. Does not move.
  @inlinable @_lifetime(copy self)
  public func rest() -> Span<UInt8> { bytes.extracting(offset..<bytes.count) }

  /// Whether these bytes stand here, which are then passed over, within a value that the caller reads piece by piece; else
  /// does not move.
  @inlinable @inline(__always) @_lifetime(self: copy self)
  public mutating func tryBytes(_ text: StaticString) -> Bool {
    guard bytes.equals(text, at: offset) else { return false }
    offset += text.utf8CodeUnitCount
    return true
  }

  /// Passes over a value of so many bytes that the caller knows: of which it has seen that they are one.
  @inlinable @_lifetime(self: copy self)
  public mutating func passOver(_ count: Int) {
    precondition(count <= bytes.count - offset)
    offset += count
    afterValue = true
  }

  @_lifetime(self: copy self)
  private mutating func skipValue(depth: Int) throws(JSONError) {
    guard offset < bytes.count else { throw failure("expected a value") }
    switch bytes[offset] {
    case 0x7B:
      guard depth > 0 else { throw failure("nested too deeply") }
      try skipObject(depth: depth - 1)
    case 0x5B:
      guard depth > 0 else { throw failure("nested too deeply") }
      try beginArray()
      while try nextElement() { try skipValue(depth: depth - 1) }
    case 0x22: try skipString()
    case 0x74, 0x66: _ = try readBool()
    case 0x6E: try readNull()
    default: _ = try readInteger()
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipObject(depth: Int) throws(JSONError) {
    try beginObject()
    while !take(0x7D) {
      if afterValue {
        guard take(0x2C) else { throw failure("expected a comma or the end of the object") }
      }
      try skipString()
      guard take(0x3A) else { throw failure("expected a colon") }
      afterValue = false
      try skipValue(depth: depth)
      // An array or object inside leaves this set as well: it is a value.
      afterValue = true
    }
    afterValue = true
  }
}

// MARK: Bytes

extension JSONReader {
  @inlinable @_lifetime(self: copy self)
  mutating func take(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  @inlinable @_lifetime(self: copy self)
  mutating func takeWord(_ word: StaticString) -> Bool {
    guard bytes.equals(word, at: offset) else { return false }
    offset += word.utf8CodeUnitCount
    afterValue = true
    return true
  }

  @inline(never) @usableFromInline
  func failure(_ what: StaticString) -> JSONError {
    JSONError(offset: offset, what: offset < bytes.count ? what.description : "\(what), found the end of the text")
  }

  @inline(never) @usableFromInline
  func missing(_ name: StaticString) -> JSONError {
    JSONError(offset: offset, what: "expected the member \(name)")
  }
}
