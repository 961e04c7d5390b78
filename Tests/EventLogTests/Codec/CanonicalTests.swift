import EventLog
import Formats
import KeyLedger
import SeededRandom
import Testing

/// That what decoding accepts is canonical, so that nobody need write a record again to know it: import, the verifier and
/// the salvage rest on this.
@Suite struct CanonicalTests {
  /// Whatever is still a record must be written exactly as it stands there, by the record's
  /// own writer and by the general one. True when it is a record.
  private func isWrittenAsItStands(_ bent: [UInt8]) throws -> Bool {
    guard let event = try? RecordCodec.decode(bent.span, ledger: nil, version: 1) else { return false }
    let ledger = try RecordCodec.ledger(of: bent.span)
    #expect(RecordCodec.encode(event, ledger: ledger) == bent)
    #expect(try JSON(parsing: bent).canonical() == bent)
    return true
  }

  /// A bit of a byte, or the bytes that mean something in JSON or in a value, and what makes UTF-8 wrong.
  private static func others(than byte: UInt8) -> [UInt8] {
    let meaning: [UInt8] = [0x00, 0x20, 0x22, 0x2c, 0x30, 0x5c, 0x5d, 0x7d, 0xc0]
    return ((0..<8).map { byte ^ 1 << $0 } + meaning).filter { $0 != byte }
  }

  @Test(arguments: 0..<42)
  func `whatever is accepted is canonical, also with any byte of a golden record changed, removed or doubled`(
    number: Int
  ) throws {
    let record = try Fixture.goldenRecords()[number]
    var accepted = try isWrittenAsItStands(record) ? 1 : 0
    for index in record.indices {
      for other in Self.others(than: record[index]) {
        var bent = record
        bent[index] = other
        if try isWrittenAsItStands(bent) { accepted += 1 }
      }
      var shorter = record
      shorter.remove(at: index)
      if try isWrittenAsItStands(shorter) { accepted += 1 }
      var longer = record
      longer.insert(record[index], at: index)
      if try isWrittenAsItStands(longer) { accepted += 1 }
    }
    // Digits of ids, times and digests may be others.
    #expect(accepted > 100, "the test bends too much to say anything")
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `whatever is accepted is canonical, also with a byte of any record bent`(seed: UInt64) throws {
    var events = RandomEvents(seed: seed)
    var random = SplitMix64(seed)
    var accepted = 0
    for sequence in 1...10 as ClosedRange<UInt64> {
      let record = RecordCodec.encode(events.event(sequence: sequence), ledger: Fixture.ledger)
      for index in record.indices {
        var bent = record
        switch random.next() % 3 {
        case 0: bent[index] = [0x20, 0x22, 0x2c, 0x30, 0x5c, 0x61, 0x80, bent[index] ^ 1][Int(random.next() % 8)]
        case 1: bent.remove(at: index)
        default: bent.insert(bent[index], at: index)
        }
        if try isWrittenAsItStands(bent) { accepted += 1 }
      }
    }
    #expect(accepted > 0, "the test bends too much to say anything")
  }

  /// Every escape of two bytes, every `\u` escape below U+0100 and some beyond, in either case of the digits, and every
  /// byte as it is: accepted just where canonical writing gives the same bytes again.
  @Test func `a text is accepted exactly as canonical writing writes it`() throws {
    let digits = (0..<0x100).map { String($0, radix: 16) } + ["2028", "d83d\\ude00", "fffe", "ffff", "d800", "dc00"]
    let padded = digits.map { $0.count < 4 ? String(repeating: "0", count: 4 - $0.count) + $0 : $0 }
    var texts = (padded + padded.map { $0.uppercased() }).map { Array("\\u\($0)".utf8) }
    texts += (0...255).map { [0x5c, UInt8($0)] } + (0...255).map { [UInt8($0)] }
    texts += ["é", "e\u{301}", "\u{7f}", "\u{2028}", "😀", "/"].map { Array($0.utf8) }
    let parts = RejectionTests.good.split(separator: "Nine", maxSplits: 1).map { Array($0.utf8) }
    var (accepted, refused) = (0, 0)
    for text in texts {
      let record = parts[0] + text + parts[1]
      let isCanonical = (try? JSON(parsing: record).canonical()) == record
      #expect(((try? decode(record)) != nil) == isCanonical, "a name of the bytes \(text)")
      if try isWrittenAsItStands(record) { accepted += 1 } else { refused += 1 }
    }
    #expect(accepted > 100 && refused > 300)
  }
}
