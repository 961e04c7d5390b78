import EventLog
import Foundation
import KeyLedger

/// Files beside the tests.
enum Fixture {
  /// The lines of `Fixtures/events/golden.ndjson`, without their LF.
  static func goldenRecords() throws -> [[UInt8]] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: root.appending(path: "Fixtures/events/golden.ndjson"))
    return [UInt8](data).split(separator: 0x0a).map(Array.init)
  }

  static let ledger = LedgerID(ulid: ULID(time: Instant(milliseconds: 1_795_378_960_123), randomness: 7))
}

/// The event of a text, or the reason why it is no record.
func decode(_ text: String, ledger: LedgerID? = nil, upcasters: Upcasters = .current) throws(RecordError) -> Event {
  try decode(Array(text.utf8), ledger: ledger, upcasters: upcasters)
}

func decode(_ record: [UInt8], ledger: LedgerID? = nil, upcasters: Upcasters = .current) throws(RecordError) -> Event {
  try RecordCodec.decode(record.span, ledger: ledger, version: 1, upcasters: upcasters)
}
