import Formats
import SeededRandom
import Testing

@Suite struct CSVReading {
  /// Each record as `line:field|field`, or `line!fault`.
  private func summary(_ text: [UInt8], _ limits: CSVLimits = .init()) -> [String] {
    CSV.read(text, limits: limits).map { result in
      switch result {
      case .success(let record): "\(record.line):" + record.fields.joined(separator: "|")
      case .failure(let error): "\(error.line)!\(error.what)"
      }
    }
  }

  @Test(
    arguments: [
      ("", []), ("a", ["1:a"]), ("a\n", ["1:a"]), ("a,b\r\nc,d\r\n", ["1:a|b", "2:c|d"]),
      ("a,b\nc,d", ["1:a|b", "2:c|d"]),
      ("\u{FEFF}a,b\n", ["1:a|b"]), ("\u{FEFF}", []), (",\n,", ["1:|", "2:|"]), ("a,", ["1:a|"]),
      ("\"a\",\"b\"\n", ["1:a|b"]), ("\"a,b\",c", ["1:a,b|c"]), ("\"a\"\"b\"", ["1:a\"b"]), ("\"\"\"\"", ["1:\""]),
      ("\"\",\"\"", ["1:|"]), ("\"a\nb\r\nc\",d\ne,f", ["1:a\nb\r\nc|d", "4:e|f"]), (" a , b ", ["1: a | b "]),
      ("é,😀\n", ["1:é|😀"]), ("a\n\nb", ["1:a", "2:", "3:b"]),
    ] as [(String, [String])])
  func `a record has the fields that RFC 4180 gives it`(text: String, expected: [String]) {
    #expect(summary(bytes(text)) == expected)
  }

  @Test(
    arguments: [
      ("a,b\nc\nd,e", ["1:a|b", "2!1 fields, the first record has 2", "3:d|e"]),
      ("a,b\n\nd,e", ["1:a|b", "2!empty line", "3:d|e"]),
      ("a,b\nc\"d,e\nf,g", ["1:a|b", "2!quote inside an unquoted field", "3:f|g"]),
      ("a,b\n\"c\"d,e\nf,g", ["1:a|b", "2!text after a closing quote", "3:f|g"]),
      ("a,b\n\"c\nc\" ,e\nf,g", ["1:a|b", "2!text after a closing quote", "4:f|g"]),
      ("a,b\n\"c,e\nf,g\n", ["1:a|b", "2!quoted field without an end", "3:f|g"]),
      ("a,b\nc,\"", ["1:a|b", "2!quoted field without an end"]),
      ("a,b\nc\rd,e\nf,g", ["1:a|b", "2!carriage return without a line feed", "3:f|g"]),
      ("a,b\nc,d\r", ["1:a|b", "2!carriage return without a line feed"]),
      ("a,b\nc\td,e\nf,g", ["1:a|b", "2!control character", "3:f|g"]),
      ("a,b\n\"c\u{0}\nd\",e\nf,g", ["1:a|b", "2!control character", "3!quote inside an unquoted field", "4:f|g"]),
      ("a\"\nc,d\ne,f", ["1!quote inside an unquoted field", "2:c|d", "3:e|f"]),
      ("a,b\n\u{FEFF}c,d", ["1:a|b", "2:\u{FEFF}c|d"]),
    ] as [(String, [String])])
  func `a bad record is reported with its line, and the next is read`(text: String, expected: [String]) {
    #expect(summary(bytes(text)) == expected)
  }

  @Test(arguments: [[0xFF], [0xC3], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]])
  func `invalid UTF-8 spoils its record only`(wrong: [UInt8]) {
    #expect(summary(bytes("a\n") + wrong + bytes("\nb\n")) == ["1:a", "2!not UTF-8", "3:b"])
  }

  @Test func `records are read to the limits and no further`() {
    let limits = CSVLimits(recordBytes: 7, fields: 3)
    #expect(summary(bytes("aaa,bbb\nc,d"), limits) == ["1:aaa|bbb", "2:c|d"])
    #expect(summary(bytes("aaa,bbbb\nc,d"), limits) == ["1!more than 7 bytes", "2:c|d"])
    #expect(summary(bytes("\"aaaaa\"\n\"aaaaaa\"\nc"), limits) == ["1:aaaaa", "2!more than 7 bytes", "3:c"])
    #expect(summary(bytes("\"a\nb\nccccccc\n"), limits).first == "1!more than 7 bytes")
    #expect(summary(bytes("1,2,3\n1,2,3,4\n4,5,6"), limits) == ["1:1|2|3", "2!more than 3 fields", "3:4|5|6"])
  }

  @Test func `quotes that never end cost no square`() {
    let hostile = String(repeating: "\"a\nb\"c\n", count: 50_000) + "\"" + String(repeating: "x\n", count: 50_000)
    #expect(CSV.read(bytes(hostile), limits: CSVLimits(recordBytes: 1 << 20)).count == 100_000)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `no bytes crash the reader, and its lines only grow`(seed: UInt64) {
    var dice = SplitMix64(seed)
    let pieces = bytes("\"\"\"\",,,\n\n\r\na \u{FEFF}é") + [0xFF, 0x00]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0..<40, using: &dice)).map { _ in pieces.randomElement(using: &dice) ?? 0 }
      let breaks = text.count { $0 == 0x0A }
      var last = 0
      for record in CSV.read(text, limits: CSVLimits(recordBytes: 16, fields: 4)) {
        let line =
          switch record {
          case .success(let good): good.line
          case .failure(let error): error.line
          }
        if line <= last || line > breaks + 1 { Issue.record("line \(line) after \(last) of \(text)") }
        last = line
      }
    }
  }
}
