import Formats
import SeededRandom
import Testing

@Suite struct JSONParsing {
  @Test(arguments: JSONTables.accepted)
  func `a well-formed text is read and has one canonical form`(text: String, canonical: String) throws {
    let json = try JSON(parsing: bytes(text))
    #expect(bytesEqual(json.text(), canonical))
    #expect(try JSON(parsing: json.canonical()).canonical() == bytes(canonical))
    #expect(try JSON(parsing: json.line()) == json)
    #expect(try JSON(parsing: bytes(json.pretty())) == json)
  }

  @Test(arguments: JSONTables.refused)
  func `a text against the rules is refused where it breaks them`(text: String, offset: Int) {
    let error = fault { () throws(JSONError) in _ = try JSON(parsing: bytes(text)) }
    #expect(error?.offset == offset, "\(text): \(error?.what ?? "accepted")")
  }

  @Test(arguments: notUTF8)
  func `invalid UTF-8 in a string is refused at its first wrong byte`(wrong: [UInt8], offset: Int) {
    let text = [0x22] + wrong + [0x22]
    #expect(fault { () throws(JSONError) in _ = try JSON(parsing: text) }?.offset == offset)
    let name = [0x7B, 0x22] + wrong + bytes("\":1}")
    #expect(fault { () throws(JSONError) in _ = try JSON(parsing: name) }?.offset == offset + 1)
  }

  @Test func `nesting is read to the limit and no deeper`() throws {
    func nested(_ depth: Int) -> [UInt8] {
      bytes(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    }
    #expect(throws: Never.self) { try JSON(parsing: nested(32)) }
    #expect(throws: JSONError.self) { try JSON(parsing: nested(33)) }
    #expect(throws: JSONError.self) { try JSON(parsing: bytes("[]"), limits: JSONLimits(depth: 0)) }
    #expect(try JSON(parsing: bytes("1"), limits: JSONLimits(depth: 0)) == .integer(1))
    #expect(try JSON(parsing: bytes("[[],[],{\"a\":[]}]"), limits: JSONLimits(depth: 3))["a"] == nil)
    let deepest = JSONLimits(depth: JSONLimits.greatestDepth)
    #expect(throws: Never.self) { try JSON(parsing: nested(JSONLimits.greatestDepth), limits: deepest) }
    #expect(throws: JSONError.self) {
      try JSON(parsing: Array(repeating: 0x5B, count: 1 << 20), limits: deepest)
    }
  }

  @Test func `a text is read to the limit of bytes and no longer`() throws {
    #expect(try JSON(parsing: bytes("\"ab\""), limits: JSONLimits(bytes: 4)) == .string("ab"))
    #expect(throws: JSONError.self) { try JSON(parsing: bytes("\"abc\""), limits: JSONLimits(bytes: 4)) }
  }

  @Test(arguments: [1, 11, 12, 13, 14, 40, 20_000])
  func `a duplicate is found however many members stand before it`(count: Int) throws {
    let members = (0..<count).map { "\"n\($0)\":\($0)" }.joined(separator: ",")
    #expect(try JSON(parsing: bytes("{\(members)}")).object?.count == count)
    for twin in Set([0, count / 2, count - 1]) {
      #expect(throws: JSONError.self) { try JSON(parsing: bytes("{\(members),\"n\(twin)\":0}")) }
    }
  }

  @Test func `an error never quotes what it refused`() {
    for text in ["{\"hunter2\":hunter2}", "\"hunter2", "hunter2", "{\"hunter2\":1,\"hunter2\":1}", "[1 hunter2"] {
      let error = fault { () throws(JSONError) in _ = try JSON(parsing: bytes(text)) }
      #expect(error?.what.contains("hunter") == false)
    }
  }

  @Test func `values are asked for by kind, and members by the bytes of their name`() throws {
    let json = try JSON(parsing: bytes("{\"s\":\"x\",\"i\":-7,\"b\":true,\"a\":[1],\"n\":null,\"e\u{301}\":1}"))
    #expect(json["s"]?.string == "x" && json["i"]?.integer == -7 && json["b"]?.bool == true)
    #expect(json["a"]?.array == [.integer(1)] && json["n"]?.isNull == true && json.object?.count == 6)
    #expect(json["\u{E9}"] == nil && json["e\u{301}"] == .integer(1) && json["z"] == nil)
    #expect(json.string == nil && json.integer == nil && json.bool == nil && json.array == nil && !json.isNull)
    #expect(json["s"]?.object == nil && json["s"]?["s"] == nil)
    #expect(JSON.string("\u{E9}") != .string("e\u{301}"))
    #expect(JSON.object([.init("\u{E9}", .null)]) != .object([.init("e\u{301}", .null)]))
  }

  @Test(arguments: 0..<16 as Range<UInt64>)
  func `no mutation crashes the parser and what it accepts has a fixed canonical form`(seed: UInt64) throws {
    var dice = SplitMix64(seed)
    let corpus = JSONTables.accepted.map { bytes($0.0) } + JSONTables.refused.map { bytes($0.0) }
    let pieces = bytes("{}[]\",:\\u0dD8eE.-019atfn \n") + [0x00, 0x80, 0xC0, 0xE2, 0xED, 0xF0, 0xFF]
    for _ in 0..<2000 {
      var text = corpus.randomElement(using: &dice) ?? []
      if Bool.random(using: &dice) { text += corpus.randomElement(using: &dice) ?? [] }
      for _ in 0..<Int.random(in: 0..<4, using: &dice) {
        let at = Int.random(in: 0...text.count, using: &dice)
        let byte = pieces.randomElement(using: &dice) ?? 0
        switch dice.next() % 3 {
        case 0: text.insert(byte, at: at)
        case 1 where at < text.count: text[at] = byte
        default: if at < text.count { text.remove(at: at) }
        }
      }
      guard let json = try? JSON(parsing: text) else { continue }
      let canonical = json.canonical()
      #expect(try JSON(parsing: canonical).canonical() == canonical)
      #expect(throws: Never.self, "canonical text that the reader refuses") { try skipWhole(canonical) }
    }
  }
}

/// Passes over one canonical value that is all of the text.
func skipWhole(_ text: [UInt8]) throws(JSONError) {
  var reader = JSONReader(text.span)
  try reader.skipValue()
  try reader.end()
}
