import Formats
import Testing

@Suite struct JSONReading {
  static let record =
    #"{"a":"key_1","b":-12,"c":[1,2],"d":null,"e":true,"f":{"g":["x",{"y":[]}]},"h":"é\n\u0001\"","i":{},"j":[]}"#

  @Test func `a record is read member by member, in its order`() throws {
    let text = bytes(Self.record)
    var reader = JSONReader(text.span)
    try reader.beginObject()
    try reader.nextMember("a")
    #expect(try reader.readSpan() == 6..<11)
    #expect(try !reader.ifMember("bb") && !reader.ifMember("c"))
    try reader.nextMember("b")
    #expect(try reader.readInteger() == -12)
    #expect(try reader.ifMember("c"))
    try reader.beginArray()
    var elements: [Int64] = []
    while try reader.nextElement() { elements.append(try reader.readInteger()) }
    #expect(elements == [1, 2])
    try reader.nextMember("d")
    #expect(try reader.readNullableString() == nil)
    try reader.nextMember("e")
    let isNull = reader.tryNull()
    #expect(!isNull)
    #expect(try reader.readBool())
    try reader.nextMember("f")
    try reader.skipValue()
    try reader.nextMember("h")
    #expect(try reader.readNullableString() == "é\n\u{1}\"")
    try reader.nextMember("i")
    try reader.beginObject()
    #expect(try !reader.ifMember("j"))
    try reader.endObject()
    try reader.nextMember("j")
    try reader.beginArray()
    #expect(try !reader.nextElement())
    try reader.endObject()
    try reader.end()
    #expect(reader.offset == text.count)
  }

  @Test func `ids and times are parsed where they lie`() throws {
    let text = bytes(#"["2026-11-22T20:22:40.123Z","00ff","a\n"]"#)
    var reader = JSONReader(text.span)
    try reader.beginArray()
    #expect(try reader.nextElement())
    let time = try reader.readASCII()
    #expect(RFC3339.parseCanonical(time) == 1_795_378_960_123)
    #expect(try reader.nextElement())
    let digest = try reader.readASCII()
    #expect(Hex.decode(digest) == [0, 255])
    #expect(try reader.nextElement())
    #expect(throws: JSONError(offset: 35, what: "expected a string of ASCII without escapes")) {
      var reader = JSONReader(text.span)
      reader.offset = 35
      _ = try reader.readSpan()
    }
  }

  @Test(arguments: [
    #"{"a":1,}"#, #"{,"a":1}"#, #"{"a":1"b":2}"#, #"{"a" :1}"#, #"{ "a":1}"#, #"{"a":1 }"#, "[1,]", "[,1]", "[1 ]",
    "[1", "[", "{", #"{"a":"#, #"{"a"}"#, #"{"a":}"#, "-0", "01", "1.5", "1e3", "-", "9007199254740992", #""\/""#,
    #""\u0041""#, #""\u000a""#, #""\u000B""#, #""\u001F""#, #""\ud83d\ude00""#, "\"\u{1}\"", "\"a", "nul", "x", "",
    "1 ", " 1", "null,", "[1]]", #"{1:2}"#, #"{"a":[}"#,
  ])
  func `what canonical writing would not produce is refused`(text: String) {
    #expect(throws: JSONError.self) { try skipWhole(bytes(text)) }
  }

  @Test(arguments: notUTF8)
  func `invalid UTF-8 is refused at its first wrong byte, read or skipped`(wrong: [UInt8], offset: Int) {
    let text = [0x22] + wrong + [0x22]
    #expect(fault { () throws(JSONError) in try skipWhole(text) }?.offset == offset)
    let error = fault { () throws(JSONError) in
      var reader = JSONReader(text.span)
      _ = try reader.readString()
    }
    #expect(error?.offset == offset)
  }

  @Test(arguments: JSONTables.accepted)
  func `reader, writer and tree agree`(text: String, canonical: String) throws {
    let canonical = bytes(canonical)
    try skipWhole(canonical)
    var reader = JSONReader(canonical.span)
    if reader.tryNull() {
      #expect(try JSON(parsing: canonical) == .null)
    } else if canonical[0] == 0x22 {
      #expect(try JSON(parsing: canonical) == .string(reader.readString()))
    }
    var writer = JSONWriter()
    writer.value(try JSON(parsing: canonical))
    #expect(writer.bytes == canonical)
    // The reader takes the text as it was given only if it was canonical.
    if bytes(text) != canonical && !text.contains("{") {
      #expect(throws: JSONError.self) { try skipWhole(bytes(text)) }
    }
  }

  @Test func `skipping stops at the default depth`() throws {
    func nested(_ depth: Int) -> [UInt8] {
      bytes(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    }
    try skipWhole(nested(32))
    #expect(throws: JSONError.self) { try skipWhole(nested(33)) }
    #expect(throws: JSONError.self) { try skipWhole(bytes(String(repeating: "{\"a\":", count: 100_000))) }
  }

  @Test(arguments: 0..<20)
  func `a string is read alike wherever in its words a special byte falls`(before: Int) throws {
    for after in 0..<20 {
      let head = String(repeating: "a", count: before)
      let tail = String(repeating: "z", count: after)
      for middle in ["", "\"", "\\", "\n", "\u{1F}", "é", "\u{7F}", "!", "#", "[", "]", "\u{10FFFF}", "\"é", "é\""] {
        let text = JSON.string(head + middle + tail).line() + [0x22, 0x5C, 0x00]
        let closed = Array(text.dropLast(3))
        var reader = JSONReader(text.span)
        #expect(try bytesEqual(reader.readString(), head + middle + tail))
        #expect(reader.offset == closed.count)
        let plain = JSON.string(head + middle + tail).line().count == before + after + 2 + middle.utf8.count
        let ascii = middle.utf8.allSatisfy { $0 < 0x80 }
        var inPlace = JSONReader(text.span)
        #expect((try? inPlace.readSpan()) == (plain && ascii ? 1..<closed.count - 1 : nil))
        #expect(throws: JSONError.self) { try skipWhole(Array(closed.dropLast())) }
      }
      let control = [0x22] + bytes(head) + [0x1F] + bytes(tail) + [0x22]
      #expect(fault { () throws(JSONError) in try skipWhole(control) }?.offset == before + 1)
    }
  }

  @Test func `every cut of a record is refused, and so is every byte more`() throws {
    let text = bytes(Self.record)
    try skipWhole(text)
    for length in 0..<text.count {
      #expect(throws: JSONError.self) { try skipWhole(Array(text[..<length])) }
    }
    for byte in UInt8.min...UInt8.max {
      #expect(throws: JSONError.self) { try skipWhole(text + [byte]) }
    }
  }
}
