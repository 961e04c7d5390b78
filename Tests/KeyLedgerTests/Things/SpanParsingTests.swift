import KeyLedger
import Testing

/// The quick way to read an id or a name takes exactly what the plain way takes.
@Suite struct SpanParsingTests {
  @Test func `a ULID is read alike from a span, whatever byte stands wherever`() throws {
    let good = Array("01K8Q2V5A0ZYXWVTSRQPNMKJHG".utf8)
    #expect(good.count == 26)
    #expect(ULID(good.span) != nil)
    for index in good.indices {
      for byte in UInt8.min...UInt8.max {
        var text = good
        text[index] = byte
        let plain = ULID(text)
        #expect(ULID(text.span) == plain)
        if let plain { #expect(Array(plain.text.utf8) == text) }
      }
    }
  }

  @Test(arguments: [0, 1, 25, 27, 52])
  func `a ULID of another length is none`(length: Int) {
    #expect(ULID([UInt8](repeating: 0x30, count: length).span) == nil)
  }

  @Test func `a slug is read alike from a span, whatever byte stands wherever`() {
    for text in ["a", "ab", "a-b_9", "abcdefghijklmnop", String(repeating: "z", count: 63)] {
      for index in text.utf8.indices {
        for byte in UInt8.min...UInt8.max {
          var bytes = Array(text.utf8)
          bytes[text.utf8.distance(from: text.startIndex, to: index)] = byte
          // What is not UTF-8 is no text at all.
          let plain = String(validating: bytes, as: UTF8.self).flatMap { Slug($0) }
          #expect(Slug(bytes.span) == plain)
        }
      }
    }
    #expect(Slug([UInt8]().span) == nil)
    #expect(Slug([UInt8](repeating: 0x61, count: 64).span) == nil)
  }
}
