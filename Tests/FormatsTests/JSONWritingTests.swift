import Formats
import Testing

@Suite struct JSONWriting {
  @Test func `members sort by UTF-16 as in RFC 8785 section 3-2-3`() throws {
    let text = """
      {"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
       "\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}
      """
    let sorted = try JSON(parsing: JSON(parsing: bytes(text)).canonical()).object?.map { $0.value.string ?? "" }
    #expect(
      sorted == [
        "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
        "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
      ])
  }

  @Test func `strings are written as in RFC 8785 section 3-2-2`() throws {
    let text = #"{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#
    let expected = #"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
    #expect(try JSON(parsing: bytes(text)).text() == expected)
  }

  @Test(arguments: 0..<0x100 as Range<UInt32>)
  func `each character has its one escape or none`(code: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(code))
    let short: [UInt32: String] = [8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 0x22: "\\\"", 0x5C: "\\\\"]
    let long = "\\u00" + (code < 16 ? "0" : "") + String(code, radix: 16)
    let expected = short[code] ?? (code < 0x20 ? long : String(scalar))
    #expect(bytesEqual(JSON.string(String(scalar)).text(), "\"\(expected)\""))
  }

  @Test func `the comparison of names is that of their UTF-16 code units`() {
    let scalars: [UInt32] = [
      0, 0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFB33, 0xFFFF, 0x1_0000, 0x1_F600, 0x10_FFFF,
    ]
    let ends = scalars.compactMap(Unicode.Scalar.init).map { String($0) }
    let names = [""] + ends + ends.flatMap { a in ends.map { a + $0 } }
    for a in names {
      for b in names {
        let expected = Array(a.utf16).lexicographicallyPrecedes(Array(b.utf16))
        if utf16Precedes(a, b) != expected { Issue.record("\(a.unicodeScalars) \(b.unicodeScalars)") }
      }
    }
  }

  @Test func `the writer places commas by itself`() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("a")
    writer.beginArray()
    for i in 0..<3 { writer.integer(Int64(i) - 1) }
    writer.beginObject()
    writer.endObject()
    writer.beginArray()
    writer.endArray()
    writer.string("x\"€")
    writer.string(ascii: bytes("key_1").span)
    writer.endArray()
    writer.member("b" + "c")
    writer.bool(true)
    writer.member("d")
    writer.null()
    writer.member("e")
    writer.raw(bytes("{\"x\":[1]}"))
    writer.member("f")
    writer.value(.object([.init("z", .bool(false)), .init("y", .array([.null, .string("")]))]))
    writer.member("g")
    writer.time(milliseconds: 0)
    writer.member("h")
    writer.string(decimal: 42)
    writer.member("i")
    writer.string(String?.none)
    writer.endObject()
    let expected =
      #"{"a":[-1,0,1,{},[],"x\"€","key_1"],"bc":true,"d":null,"e":{"x":[1]},"f":{"z":false,"y":[null,""]},"#
      + #""g":"1970-01-01T00:00:00.000Z","h":"42","i":null}"#
    #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
  }

  @Test func `pretty text keeps the order and gives a line to each`() {
    let json = JSON.object([
      .init("b", .array([.integer(1), .object([])])), .init("a", .object([.init("x\n", .array([]))])),
    ])
    #expect(json.pretty() == "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": {\n    \"x\\n\": []\n  }\n}")
    #expect(JSON.array([.null]).pretty(indent: 0) == "[\nnull\n]")
    #expect(JSON.string("x").pretty() == "\"x\"")
  }

  @Test(arguments: [0, 1, -1, 9, 10, -10, 1_000_000, 9_007_199_254_740_991, -9_007_199_254_740_991] as [Int64])
  func `integers are written as Swift writes them and read back`(value: Int64) throws {
    #expect(JSON.integer(value).text() == String(value))
    #expect(try JSON(parsing: JSON.integer(value).line()) == .integer(value))
  }

  @Test func `our own mistakes trap`() async {
    await #expect(processExitsWith: .failure) { _ = JSON.integer(9_007_199_254_740_992).canonical() }
    await #expect(processExitsWith: .failure) {
      _ = JSON.object([JSONMember("a", .null), JSONMember("a", .null)]).canonical()
    }
    await #expect(processExitsWith: .failure) {
      var writer = JSONWriter()
      writer.string(ascii: Array("a\"".utf8).span)
    }
    await #expect(processExitsWith: .failure) {
      var writer = JSONWriter()
      writer.endObject()
    }
  }
}
