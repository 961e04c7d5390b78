extension JSON {
  /// The value of one whole JSON text: RFC 8259 with its whitespace, and RFC 7493 (I-JSON) where that leaves it open.
  ///
  /// Refused beyond the grammar: a byte order mark, invalid UTF-8, lone surrogates, members of the same name (after
  /// unescaping), fractions and exponents, integers beyond ±(2^53 − 1), more than the limits allow. `-0` is 0.
  /// Noncharacters such as U+FFFF pass, though RFC 7493 §2.1 forbids them: they do no harm here, and every RFC 8259
  /// corpus has them accepted. O(bytes).
  package init(parsing bytes: [UInt8], limits: JSONLimits = .init()) throws(JSONError) {
    guard bytes.count <= limits.bytes else {
      throw JSONError(offset: limits.bytes, what: "more than \(limits.bytes) bytes")
    }
    var parser = JSONParser(bytes.span, depth: limits.depth)
    self = try parser.text()
  }
}

/// Recursive descent over the reader's strings and numbers, with whitespace between.
private struct JSONParser: ~Copyable, ~Escapable {
  private let bytes: Span<UInt8>
  private var reader: JSONReader
  /// How many more arrays and objects may be opened.
  private var depth: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, depth: Int) {
    self.bytes = bytes
    self.reader = JSONReader(anyForm: bytes)
    self.depth = depth
  }

  @_lifetime(self: copy self)
  mutating func text() throws(JSONError) -> JSON {
    skipSpace()
    let value = try value()
    skipSpace()
    try reader.end()
    return value
  }

  @_lifetime(self: copy self)
  private mutating func value() throws(JSONError) -> JSON {
    guard let byte = peek() else { throw reader.failure("expected a value") }
    switch byte {
    case 0x7B: return try object()
    case 0x5B: return try array()
    case 0x22: return .string(try reader.readString())
    case 0x74, 0x66: return .bool(try reader.readBool())
    case 0x6E:
      try reader.readNull()
      return .null
    case 0x2D, 0x30...0x39: return .integer(try reader.readInteger())
    default: throw reader.failure("expected a value")
    }
  }

  @_lifetime(self: copy self)
  private mutating func array() throws(JSONError) -> JSON {
    try open()
    var elements: [JSON] = []
    skipSpace()
    if reader.take(0x5D) { return close(.array([])) }
    while true {
      skipSpace()
      elements.append(try value())
      skipSpace()
      if reader.take(0x5D) { return close(.array(elements)) }
      guard reader.take(0x2C) else { throw reader.failure("expected a comma or the end of the array") }
    }
  }

  @_lifetime(self: copy self)
  private mutating func object() throws(JSONError) -> JSON {
    try open()
    var members: [JSONMember] = []
    var names = DistinctNames()
    skipSpace()
    if reader.take(0x7D) { return close(.object([])) }
    while true {
      skipSpace()
      let start = reader.offset
      let name = try reader.readString()
      guard names.insert(name, after: members) else {
        throw JSONError(offset: start, what: "a member of this name stands before")
      }
      skipSpace()
      guard reader.take(0x3A) else { throw reader.failure("expected a colon") }
      skipSpace()
      members.append(JSONMember(name, try value()))
      skipSpace()
      if reader.take(0x7D) { return close(.object(members)) }
      guard reader.take(0x2C) else { throw reader.failure("expected a comma or the end of the object") }
    }
  }

  /// Consumes an opening bracket.
  @_lifetime(self: copy self)
  private mutating func open() throws(JSONError) {
    guard depth > 0 else { throw reader.failure("nested too deeply") }
    depth -= 1
    reader.offset += 1
  }

  @_lifetime(self: copy self)
  private mutating func close(_ value: JSON) -> JSON {
    depth += 1
    return value
  }

  private func peek() -> UInt8? {
    reader.offset < bytes.count ? bytes[reader.offset] : nil
  }

  /// `ws = *( %x20 / %x09 / %x0A / %x0D )`
  @_lifetime(self: copy self)
  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      reader.offset += 1
    }
  }
}

/// Keeps the names of one object apart in O(1) each, so that a hostile object costs no square of its members.
private struct DistinctNames {
  /// Empty until the object has more members than are quickly compared one by one.
  private var seen: Set<NameBytes> = []
  private static let few = 12

  /// False if one of the members has this name already.
  mutating func insert(_ name: String, after members: [JSONMember]) -> Bool {
    if members.count < Self.few { return !members.contains { bytesEqual($0.name, name) } }
    if seen.isEmpty { seen = Set(members.map { NameBytes(name: $0.name) }) }
    return seen.insert(NameBytes(name: name)).inserted
  }
}

/// A name that is equal to another when the bytes are, unlike a `String`.
private struct NameBytes: Hashable {
  let name: String

  static func == (a: NameBytes, b: NameBytes) -> Bool { bytesEqual(a.name, b.name) }

  func hash(into hasher: inout Hasher) {
    for byte in name.utf8 { hasher.combine(byte) }
  }
}
