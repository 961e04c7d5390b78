import Foundation
import KeyLedger
import Transparency

@testable import EventLog

/// The first records of the golden log as a file: a whole ledger of every kind of event, as small as may be.
struct SmallLedger {
  let path: String
  let records: [[UInt8]]

  init(in scratch: Scratch, events: Int = 42, name: String = "ledger.sqlite") throws {
    path = scratch.path(name)
    records = Array(try Fixture.goldenRecords().prefix(events))
    try SmallLedger.write(records, to: path)
  }

  /// Whatever records, with everything that follows from them: what somebody does who rewrites history. The columns beside
  /// them are those of `originals`, where the records can't be read.
  static func write(_ records: [[UInt8]], as originals: [[UInt8]]? = nil, to path: String) throws {
    let originals = originals ?? records
    var versions: [KeyLedger.Stream: UInt64] = [:]
    try SQLiteLog.create(path: path, ledger: try owner(of: originals)) { picture in
      for (record, original) in zip(records, originals) {
        let stream = try RecordCodec.decode(original.span, ledger: nil, version: 1).stream
        versions[stream, default: 0] += 1
        let event = try RecordCodec.decode(original.span, ledger: nil, version: versions[stream] ?? 1)
        try picture.insert(AppendedEvent(event: event, record: record, leafHash: MerkleTree.leafHash(record)))
      }
    }
  }

  static func origin(of records: [[UInt8]]) throws -> String {
    Checkpoint.origin(ledger: try owner(of: records).description)
  }

  private static func owner(of records: [[UInt8]]) throws -> LedgerID {
    let first = records[0]
    return try RecordCodec.ledger(of: first.span)
  }

  var checkpoint: Checkpoint {
    get throws {
      let root = merkleTreeHash(records[...])
      return Checkpoint(
        origin: try SmallLedger.origin(of: records), size: UInt64(records.count), root: root)
    }
  }
}

extension LedgerVerifier {
  /// What is wrong, a line each.
  func whatIsWrong(_ kept: Checkpoint? = nil) throws -> [String] {
    try verify(against: kept.map { [KeptCheckpoint($0, name: "the checkpoint")] } ?? []).findings.list.map(\.what)
  }
}

/// As many events as wanted that are a history: seven keys begin, then things happen to them.
enum LongHistory {
  static func draft(_ number: Int) -> Draft {
    guard number < 8 else { return Sample.revealed(number % 7) }
    let record = KeyRecord(
      kind: .scoped, name: "key", description: "", scope: .everything,
      fingerprint: Hash256(words: (UInt64(number), 0, 0, 0)), masked: "••••••", predecessor: nil)
    return Draft(Sample.stream("e", key: number % 7), .system, .keyCreated(record))
  }
}
