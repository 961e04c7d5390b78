import Formats
import SeededRandom
import Testing

@Suite struct Encodings {
  @Test func `hexadecimal of every byte comes back`() {
    let all = Array(UInt8.min...UInt8.max)
    let text = Hex.encode(all)
    #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
    #expect(Hex.decode(text) == all && Hex.decode(text.utf8.span) == all)
    #expect(Hex.decodeAnyCase(text.uppercased()) == all && Hex.decodeAnyCase(text) == all)
    var appended = bytes("x")
    Hex.encode(all, to: &appended)
    #expect(appended == bytes("x" + text))
  }

  @Test(arguments: ["0", "0g", "g0", "AB", "aB", " 1", "0x", "é", "00 0", "\u{10}\u{11}", "@@", "``"])
  func `other text is no hexadecimal`(text: String) {
    #expect(Hex.decode(text) == nil)
  }

  @Test(arguments: ["0g", "\u{10}\u{11}", "@@", "``", "0"])
  func `folding the case lets nothing else in`(text: String) {
    #expect(Hex.decodeAnyCase(text) == nil)
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func `base64 is that of RFC 4648 section 10`(text: String, encoded: String) {
    #expect(Base64.encode(bytes(text)) == encoded)
    #expect(Base64.decode(encoded) == bytes(text))
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zh==", "Zm9=", "Zm8", "Zg==Zg==", "Zm9v\n", "Zm 9v", "Zm-_",
    "Z=9v",
    "Zm=v", "Zg=A", "Zm9vZg=", "éé",
  ])
  func `base64 that no encoder writes is refused`(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test func `base64 of any bytes comes back, and no other text gives them`() {
    var dice = SplitMix64(64)
    for length in 0..<100 {
      let some = (0..<length).map { _ in UInt8.random(in: 0...255, using: &dice) }
      #expect(Base64.decode(Base64.encode(some)) == some)
    }
    var seen = 0
    let alphabet = bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    for a in alphabet {
      for b in alphabet where Base64.decode(String(decoding: [a, b, 0x3D, 0x3D], as: UTF8.self)) != nil { seen += 1 }
    }
    #expect(seen == 256)
  }

  @Test(arguments: [
    (0, "000000"), (1, "000001"), (61, "00000z"), (62, "000010"), (0xCBF4_3926, "3jZRME"), (UInt32.max, "4gfFC3"),
  ])
  func `base62 is padded to its width`(value: UInt32, text: String) {
    #expect(String(decoding: Base62.encode(value, width: 6), as: UTF8.self) == text)
    #expect(bytes(text).reduce(0) { $0 * 62 + UInt64(digitValue($1)) } == UInt64(value))
  }

  private func digitValue(_ digit: UInt8) -> Int {
    bytes("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz").firstIndex(of: digit) ?? -1
  }

  @Test func `base62 that does not fit its width traps`() async {
    await #expect(processExitsWith: .failure) { _ = Base62.encode(62, width: 1) }
  }

  @Test func `random text takes each digit equally often and rejects the rest`() {
    var next: UInt8 = 0
    var taken = 0
    var text: [UInt8] = []
    Base62.appendRandomText(length: 248, to: &text) {
      defer { next &+= 1 }
      taken += 1
      return next
    }
    #expect(taken == 248 && text.allSatisfy(Base62.isDigit))
    #expect(Set(text).count == 62 && Dictionary(grouping: text) { $0 }.values.allSatisfy { $0.count == 4 })
    var high: UInt8 = 247
    var after = bytes("-")
    Base62.appendRandomText(length: 2, to: &after) {
      high &+= 1
      return high
    }
    #expect(after == bytes("-01"))  // 248 to 255 rejected, then 0 and 1
    #expect((UInt8.min...UInt8.max).filter(Base62.isDigit).count == 62)
  }

  @Test func `the checksum is that of zlib`() {
    #expect(CRC32.checksum(bytes("123456789")) == 0xCBF4_3926)
    #expect(CRC32.checksum("123456789".utf8) == 0xCBF4_3926)
    #expect(CRC32.checksum(bytes("123456789").span) == 0xCBF4_3926)
    #expect(CRC32.checksum([]) == 0 && CRC32.checksum([0]) == 0xD202_EF8D)
    #expect(CRC32.checksum(bytes("The quick brown fox jumps over the lazy dog")) == 0x414F_A339)
  }

  @Test(
    arguments: [
      ("0", 0), ("42", 42), ("9223372036854775807", Int64.max), ("", nil), ("00", nil), ("01", nil), ("-1", nil),
      ("+1", nil), (" 1", nil), ("9223372036854775808", nil), ("99999999999999999999", nil), ("1x", nil),
    ] as [(String, Int64?)])
  func `a decimal number has one form`(text: String, value: Int64?) {
    #expect(Decimal.parse(text) == value)
    guard let value else { return }
    var written: [UInt8] = []
    Decimal.append(value, to: &written)
    #expect(written == bytes(text))
  }

  @Test func `the least integer is written`() {
    var written: [UInt8] = []
    Decimal.append(Int64.min, to: &written)
    #expect(written == bytes("-9223372036854775808"))
  }

  @Test(arguments: notUTF8)
  func `invalid UTF-8 is no text`(wrong: [UInt8], offset: Int) {
    #expect(!UTF8Text.validate(wrong.span) && UTF8Text.decode(wrong) == nil)
    let long = Array(repeating: 0x61, count: 100) + wrong
    #expect(UTF8Text.decode(long) == nil)
  }

  @Test func `every scalar is text`() {
    for value in 0...0x10FFFF as ClosedRange<UInt32> {
      guard let scalar = Unicode.Scalar(value), value % 7 == 0 || value < 0x1_0100 else { continue }
      let some = Array(String(scalar).utf8)
      if !UTF8Text.validate(some.span) { Issue.record("U+\(String(value, radix: 16))") }
    }
    #expect(UTF8Text.decode(bytes("é😀")) == "é😀")
  }

  @Test func `strings are the same when their bytes are`() {
    #expect(bytesEqual("é", "é") && !bytesEqual("\u{E9}", "e\u{301}") && !bytesEqual("a", "ab"))
    #expect(!bytesEqual("\r\n", "\n") && bytesEqual("", ""))
  }

  @Test(arguments: 0..<40)
  func `a difference in any one byte tells two strings apart`(length: Int) {
    let text = String(repeating: "x", count: length)
    #expect(bytesEqual(text, text + ""))
    for place in 0..<length {
      var other = bytes(text)
      other[place] = 0x79
      #expect(!bytesEqual(text, String(decoding: other, as: UTF8.self)))
    }
  }
}
