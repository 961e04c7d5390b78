import Cryptography
import Foundation
import KeyLedger
import SQLite
import Testing
import Transparency

@testable import EventLog

@Suite struct RewrittenLogTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func rewritten(_ text: String, to other: String) throws -> (Checkpoint, LedgerVerifier) {
    let ledger = try SmallLedger(in: scratch)
    let records = ledger.records.map { record in
      Array(String(decoding: record, as: UTF8.self).replacingOccurrences(of: text, with: other).utf8)
    }
    #expect(records != ledger.records)
    let path = scratch.path("rewritten.sqlite")
    try SmallLedger.write(records, as: ledger.records, to: path)
    return (try ledger.checkpoint, LedgerVerifier(path: path))
  }

  @Test func `a log rewritten with all its hashes is whole by itself, and another by a checkpoint that was kept`()
    throws
  {
    let (kept, verifier) = try rewritten("\"grace\":\"24h\"", to: "\"grace\":\"now\"")
    let report = try verifier.verify()
    #expect(report.isWhole && report.root != kept.root, "\(report.findings.list)")
    #expect(
      try verifier.whatIsWrong(kept) == ["the first 42 events are not those of the checkpoint: this is another log"])
  }

  @Test(arguments: [
    // Twice the same member: readers differ on which counts.
    ("{\"plan\":\"starter\"", "{\"plan\":\"starter\",\"plan\":\"scale\""),
    ("{\"actor\"", "{ \"actor\""), ("\"specversion\":\"1.0\"", "\"specversion\":\"1.1\""),
    ("\"id\":\"7\"", "\"id\":\"07\""), ("\"type\":\"plan.changed\"", "\"type\":\"plan.change\""),
  ])
  func `a record in no canonical form is found under whatever tree`(text: String, other: String) throws {
    let (_, verifier) = try rewritten(text, to: other)
    let report = try verifier.verify()
    #expect(report.findings.firstBad != nil && report.findings.list.allSatisfy { $0.what.contains("can't be read") })
  }

  /// The files of a ledger whose last commits are in its WAL alone.
  private func withWAL() throws -> (ledger: SmallLedger, file: [UInt8], wal: [UInt8]) {
    let ledger = try SmallLedger(in: scratch, events: 5)
    let log = try SQLiteLog(path: ledger.path, mode: .readWrite)
    for draft in [Sample.enforced("production"), Sample.enforced("staging")] {
      try log.append([draft], at: Instant(milliseconds: 1_895_378_960_123))
    }
    return (
      ledger, [UInt8](try Data(contentsOf: URL(filePath: ledger.path))),
      [UInt8](try Data(contentsOf: URL(filePath: ledger.path + "-wal")))
    )
  }

  @Test func `a bit changed anywhere in the WAL is harmless, or said and told by a checkpoint that was kept`() throws {
    let (_, file, wal) = try withWAL()
    let whole = try LedgerVerifier(path: scratch.path()).verify()
    let root = try #require(whole.root)
    let origin = Checkpoint.origin(ledger: try #require(whole.ledger).description)
    let kept = KeptCheckpoint(Checkpoint(origin: origin, size: 7, root: root), name: "it")
    let frame = 4_096 + 24
    // Headers byte by byte, and of the pages one byte in eleven.
    let flips = FlippedBits.flips(wal.count, allEightEvery: 997).filter { flip in
      flip.offset < 32 || (flip.offset - 32) % frame < 24 || flip.offset % 11 == 0
    }
    let tally = FlippedBits.tryEach(
      flips, of: wal, in: scratch, name: "ledger.sqlite-wal", beside: ["ledger.sqlite": file]
    ) { path, _ in
      let database = String(path.dropLast(4))
      let report = try LedgerVerifier(path: database, threads: 1).verify(against: [kept])
      if report.isWhole { return report.root == root ? .harmless : .silent("another content") }
      let alone = try LedgerVerifier(path: database, threads: 1).verify()
      return alone.isWhole && alone.remarks.isEmpty ? .silent("nothing said without a checkpoint") : .found
    }
    print("a WAL of \(wal.count) bytes, \(tally)")
    #expect(tally.silent == [] && tally.found > 0)
  }
}
