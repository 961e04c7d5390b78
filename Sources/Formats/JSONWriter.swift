/// Appends JSON to bytes, with commas and escapes by RFC 8785 and no whitespace.
///
/// The order of members is the caller's: sorted (`utf16Precedes`) it makes canonical records. Brackets must pair and
/// every member have one value; the writer traps only where brackets don't pair.
package struct JSONWriter: Sendable {
  @usableFromInline package private(set) var bytes: [UInt8]
  /// Whether a value was just completed, so that what comes next needs a comma before it.
  private var afterValue = false
  private var depth = 0

  /// - Parameter capacity: bytes expected.
  package init(capacity: Int = 256) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  package mutating func beginObject() { open(0x7B) }
  package mutating func endObject() { close(0x7D) }
  package mutating func beginArray() { open(0x5B) }
  package mutating func endArray() { close(0x5D) }

  /// Begins a member; its value must follow.
  ///
  /// - Parameter name: printable ASCII that needs no escape.
  package mutating func member(_ name: StaticString) {
    separate()
    bytes.append(0x22)
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(0x22)
    bytes.append(0x3A)
  }

  /// Begins a member; its value must follow.
  @_disfavoredOverload  // so that a literal is the StaticString
  package mutating func member(_ name: String) {
    separate()
    quote(name)
    bytes.append(0x3A)
  }

  package mutating func string(_ value: String) {
    separate()
    quote(value)
    afterValue = true
  }

  /// - Parameter value: printable ASCII that needs no escape.
  package mutating func string(_ value: StaticString) {
    separate()
    bytes.append(0x22)
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    bytes.append(0x22)
    afterValue = true
  }

  /// A string of printable ASCII that needs no escape, such as an id or a digest; traps on any other.
  package mutating func string(ascii: Span<UInt8>) {
    separate()
    bytes.append(0x22)
    for i in ascii.indices {
      let byte = ascii[i]
      precondition(byte < 0x7F && !Self.needsEscape(byte), "not plain ASCII")
      bytes.append(byte)
    }
    bytes.append(0x22)
    afterValue = true
  }

  /// A string as RFC 3339 has times in records; see `RFC3339.append`.
  package mutating func time(milliseconds: Int64) {
    separate()
    bytes.append(0x22)
    RFC3339.append(milliseconds: milliseconds, to: &bytes)
    bytes.append(0x22)
    afterValue = true
  }

  /// - Parameter value: within ±(2^53 − 1), what every reader of JSON keeps exactly; traps beyond.
  package mutating func integer(_ value: Int64) {
    precondition(value.magnitude <= UInt64(JSONLimits.greatestInteger), "integer beyond 2^53 - 1")
    separate()
    Decimal.append(value, to: &bytes)
    afterValue = true
  }

  /// A string of the integer's decimal digits, as CloudEvents has its ids.
  package mutating func string(decimal value: Int64) {
    separate()
    bytes.append(0x22)
    Decimal.append(value, to: &bytes)
    bytes.append(0x22)
    afterValue = true
  }

  package mutating func bool(_ value: Bool) { word(value ? "true" : "false") }
  package mutating func null() { word("null") }

  /// A string, or null where there is none.
  package mutating func string(_ value: String?) {
    if let value { string(value) } else { null() }
  }

  /// A value already serialised, taken as it is.
  package mutating func raw(_ value: [UInt8]) {
    separate()
    bytes.append(contentsOf: value)
    afterValue = true
  }

  /// A tree, members in its order. Traps on an integer beyond ±(2^53 − 1).
  package mutating func value(_ json: JSON) {
    value(json, sorted: false)
  }

  /// A tree, members sorted by RFC 8785 §3.2.3 at every level. Traps as well on two members of the same name.
  package mutating func canonical(_ json: JSON) {
    value(json, sorted: true)
  }

  private mutating func value(_ json: JSON, sorted: Bool) {
    switch json {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): integer(value)
    case .string(let value): string(value)
    case .array(let elements):
      beginArray()
      for element in elements { value(element, sorted: sorted) }
      endArray()
    case .object(let members):
      beginObject()
      for member in sorted ? Self.sort(members) : members {
        self.member(member.name)
        value(member.value, sorted: sorted)
      }
      endObject()
    }
  }
}

extension JSONWriter {
  private static func sort(_ members: [JSONMember]) -> [JSONMember] {
    // Most are sorted already: a tree read from a record is.
    if strictlyAscends(members) { return members }
    let sorted = members.sorted { utf16Precedes($0.name, $1.name) }
    precondition(strictlyAscends(sorted), "two members of the same name")
    return sorted
  }

  private static func strictlyAscends(_ members: [JSONMember]) -> Bool {
    for i in members.indices.dropFirst() where !utf16Precedes(members[i - 1].name, members[i].name) { return false }
    return true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    depth += 1
  }

  private mutating func close(_ bracket: UInt8) {
    precondition(depth > 0, "closes what was not opened")
    depth -= 1
    bytes.append(bracket)
    afterValue = true
  }

  private mutating func separate() {
    if afterValue { bytes.append(0x2C) }
    afterValue = false
  }

  private mutating func word(_ word: StaticString) {
    separate()
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    afterValue = true
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == 0x22 || byte == 0x5C
  }

  private mutating func quote(_ text: String) {
    bytes.append(0x22)
    let span = text.utf8.span
    if Self.isPlain(span) {
      bytes.append(contentsOf: text.utf8)
    } else {
      for i in span.indices { escape(span[i]) }
    }
    bytes.append(0x22)
  }

  private static func isPlain(_ text: Span<UInt8>) -> Bool {
    let words = Words(text)
    var i = 0
    while i + 8 <= words.count {
      if Words.specials(words[i]) != 0 { return false }
      i += 8
    }
    while i < text.count {
      if needsEscape(text[i]) { return false }
      i += 1
    }
    return true
  }

  /// RFC 8785 §3.2.2.2: two characters where JSON has such a form, `\u00xx` for other controls, all else as it is.
  private mutating func escape(_ byte: UInt8) {
    guard Self.needsEscape(byte) else { return bytes.append(byte) }
    bytes.append(0x5C)
    switch byte {
    case 0x22, 0x5C: bytes.append(byte)
    case 0x08: bytes.append(0x62)
    case 0x09: bytes.append(0x74)
    case 0x0A: bytes.append(0x6E)
    case 0x0C: bytes.append(0x66)
    case 0x0D: bytes.append(0x72)
    default:
      bytes.append(0x75)
      bytes.append(0x30)
      bytes.append(0x30)
      bytes.append(Hex.digit(byte >> 4))
      bytes.append(Hex.digit(byte & 15))
    }
  }
}
