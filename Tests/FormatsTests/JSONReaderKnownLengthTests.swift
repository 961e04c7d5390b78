import Formats
import Testing

@Suite struct JSONReaderKnownLengthTests {
  private func read(_ text: String, _ count: Int) throws(JSONError) -> (bytes: [UInt8], offset: Int) {
    let bytes = Array(text.utf8)
    var reader = JSONReader(bytes.span)
    let span = try reader.readUnchecked(count)
    return (span.indices.map { span[$0] }, reader.offset)
  }

  @Test func `a string of the length asked for is handed out, and the reader stands behind it`() throws {
    let (bytes, offset) = try read(#""abc",1"#, 3)
    #expect(bytes == Array("abc".utf8))
    #expect(offset == 5)
    #expect(try read(#""""#, 0).offset == 2)
  }

  @Test(arguments: [#""abcd""#, #""ab""#, #""abc"#, #"abc""#, "123", "", "\""])
  func `a string of another length, or none at all, is refused`(text: String) {
    #expect(throws: JSONError.self) { try read(text, 3) }
  }

  @Test func `after it comes a comma, as after any value`() throws {
    let bytes = Array(#"{"a":"xy","b":1}"#.utf8)
    var reader = JSONReader(bytes.span)
    try reader.beginObject()
    try reader.nextMember("a")
    _ = try reader.readUnchecked(2)
    try reader.nextMember("b")
    #expect(try reader.readInteger() == 1)
    try reader.endObject()
    try reader.end()
  }

  @Test func `bytes are compared with a literal at an offset, and never beyond the end`() {
    func equal(_ literal: StaticString, _ offset: Int, in text: String = "0123456789abcdefghij") -> Bool {
      Array(text.utf8).span.equals(literal, at: offset)
    }
    #expect(equal("", 20))
    #expect(equal("0123456789abcdefghij", 0))
    #expect(equal("9abcdefgh", 9))
    #expect(!equal("9abcdefgH", 9))
    #expect(!equal("8abcdefgh", 9))
    #expect(!equal("j0", 19))
    #expect(!equal("", 21))
    #expect(!equal("0", -1))
    #expect(equal("", 0, in: ""))
  }
}
