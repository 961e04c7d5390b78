import Cryptography
import Foundation
import KeyLedger
import SQLite
import Testing
import Transparency

@testable import EventLog

@Suite struct VerifierTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func verifier() -> LedgerVerifier { LedgerVerifier(path: scratch.path()) }

  private func change(_ sql: String) throws {
    let connection = try Connection(path: scratch.path(), mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    defer { connection.close() }
    try connection.execute(sql)
  }

  private func tamper(_ trigger: String, _ sql: String) throws { try change(Tampering.with(trigger, sql)) }

  /// A ledger whose first stream is the ledger's own and whose others are keys, in so many events.
  private func long(_ events: Int) throws {
    let log = try Sample.sqlite(in: scratch)
    for start in stride(from: 1, to: events, by: 1_000) {
      try log.append((start..<min(start + 1_000, events)).map { LongHistory.draft($0) })
    }
  }

  @Test(arguments: [1, 2, 3, 17, 42])
  func `a whole ledger is whole, and its root is the independent one`(events: Int) throws {
    let ledger = try SmallLedger(in: scratch, events: events)
    let report = try verifier().verify()
    #expect(report.isWhole, "\(report.findings.list)")
    #expect(report.size == UInt64(events))
    #expect(report.root == merkleTreeHash(ledger.records[...]))
    #expect(report.ledger == Fixture.ledger || events > 0)
    #expect(try verifier().whatIsWrong(ledger.checkpoint) == [])
  }

  @Test(arguments: [1, 2, 3])
  func `a long one is whole on any number of threads, and compared at any size`(threads: Int) throws {
    try long(9_000)
    let log = try SQLiteLog(path: scratch.path(), mode: .readOnly)
    let roots = try log.read { reader in
      try [1, 255, 256, 257, 4_096, 5_000, 8_999, 9_000].map { ($0, try reader.root(at: $0)) }
    }
    let origin = Checkpoint.origin(ledger: Fixture.ledger.description)
    for (size, root) in roots {
      let kept = KeptCheckpoint(Checkpoint(origin: origin, size: size, root: root), name: "it")
      let report = try LedgerVerifier(path: scratch.path(), threads: threads).verify(against: [kept])
      #expect(report.isWhole, "\(report.findings.list)")
      #expect(report.size == 9_000 && report.root == roots.last?.1)
    }
    let other = Checkpoint(origin: origin, size: 5_000, root: roots[0].1)
    #expect(
      try verifier().whatIsWrong(other) == [
        "the first 5000 events are not those of the checkpoint: this is another log"
      ])
    let longer = Checkpoint(origin: origin, size: 9_001, root: roots[0].1)
    #expect(try verifier().whatIsWrong(longer) == ["the checkpoint knows 9001 events, and the log has 9000"])
    let foreign = Checkpoint(origin: "keyledger/other", size: 9_000, root: roots[7].1)
    #expect(try verifier().whatIsWrong(foreign) == ["the checkpoint is of another log, and this one is \(origin)"])
  }

  @Test func `a ledger that grows meanwhile is verified to where it stood`() throws {
    try long(5_000)
    let path = scratch.path()
    let report = try LedgerVerifier(path: path, threads: 2).verify { done, _ in
      _ = try? SQLiteLog(path: path, mode: .readWrite).append((0..<300).map { LongHistory.draft(Int(done) + $0) })
    }
    #expect(report.isWhole, "\(report.findings.list)")
    #expect(report.size == 5_000)
    #expect(try SQLiteLog(path: path, mode: .readOnly).size() == 5_600)
  }

  @Test(arguments: [
    ("events_no_delete", "DELETE FROM events WHERE sequence = 300", "event 300 is missing"),
    ("events_no_update", "UPDATE events SET record = x'7b7d' WHERE sequence = 42", "event 42 can't be read"),
    ("events_no_update", "UPDATE events SET stream = 'environments/f' WHERE sequence = 42", "another stream"),
    ("events_no_update", "UPDATE events SET type = 'key.revoked' WHERE sequence = 42", "another type"),
    ("events_no_update", "UPDATE events SET time = time + 1 WHERE sequence = 42", "another time"),
    ("events_no_update", "UPDATE events SET version = 9999 WHERE sequence = 42", "version 9999"),
    (
      "events_no_update",
      "UPDATE events SET record = (SELECT record FROM events WHERE sequence = 43) WHERE sequence = 42", "number 43"
    ),
    (
      "events_no_update",
      "UPDATE events SET record = CAST(replace(CAST(record AS TEXT), 'system', 'operator:me') AS BLOB) WHERE sequence = 42",
      "event 42 does not hash to what tile 0/0 holds"
    ),
    ("tiles_no_delete", "DELETE FROM tiles WHERE level = 0 AND number = 1", "tile 0/1 is missing"),
  ])
  func `what somebody changed in a file is named`(trigger: String, sql: String, said: String) throws {
    try long(700)
    try tamper(trigger, sql)
    let report = try verifier().verify()
    #expect(report.findings.list.contains { $0.what.contains(said) }, "\(report.findings.list)")
    if sql.contains("sequence = 42") { #expect(report.findings.firstBad == 42) }
    if sql.contains("sequence = 300") { #expect(report.findings.firstBad == 300 && report.root == nil) }
  }

  @Test(arguments: [
    ("UPDATE head SET root = zeroblob(32)", "the head's root is not that of the events"),
    ("UPDATE head SET frontier = zeroblob(length(frontier))", "the head's frontier does not lead to its root"),
    ("UPDATE head SET frontier = x''", "the head's frontier is not one of 700 events"),
    ("DROP TRIGGER head_no_delete; DELETE FROM head", "it has no head"),
    ("INSERT INTO tiles VALUES (0, 7, zeroblob(8192))", "level 0 has 3 tiles, where 2 belong"),
    ("INSERT INTO tiles VALUES (9, 0, zeroblob(8192))", "level 9 has 1 tiles, where 0 belong"),
    ("DROP TRIGGER events_no_update", "its schema: the trigger events_no_update is missing"),
    (
      "CREATE TRIGGER quiet BEFORE INSERT ON events WHEN NEW.type = 'key.revoked' BEGIN SELECT RAISE(IGNORE); END",
      "its schema: the trigger quiet on events does not belong there"
    ),
    ("PRAGMA application_id = 7", "its application id is 7, not a ledger's"),
    ("PRAGMA user_version = 0", "there is no format 0"),
  ])
  func `what is wrong around the events is named`(sql: String, said: String) throws {
    try long(700)
    try change(sql)
    let report = try verifier().verify()
    #expect(report.findings.list.map(\.what).contains(said), "\(report.findings.list)")
    #expect(report.findings.firstBad == nil)
  }

  @Test func `an event that REPLACE put on another's place is found, wherever the schema let it through`() throws {
    try long(700)
    try change(
      """
      DROP TRIGGER events_append; DROP TRIGGER events_no_delete; PRAGMA recursive_triggers=OFF;
      REPLACE INTO events SELECT 701, stream, version, type, time, record FROM events WHERE sequence = 42
      """)
    let report = try verifier().verify()
    #expect(report.findings.firstBad == 42)
    #expect(report.findings.list.contains { $0.what == "event 42 is missing" }, "\(report.findings.list)")
    #expect(report.findings.list.contains { $0.what == "the head says 700 events, the last is 701" })
  }

  @Test func `a log whose head or last number is beyond reason is no endless work`() throws {
    try long(10)
    try tamper("events_no_update", "UPDATE events SET sequence = 9000000000000000000 WHERE sequence = 10")
    let report = try verifier().verify()
    #expect(report.findings.list.contains { $0.what.contains("no room for so many") })
    #expect(report.findings.count > 100 && report.findings.list.count < 110)
    #expect(report.findings.firstBad == 10)
  }

  @Test func `what is no ledger, or a newer one, is refused and not judged`() throws {
    #expect(throws: LogError.self) { try verifier().verify() }
    try "not a database, and long enough not to be an empty one".write(
      toFile: scratch.path(), atomically: true, encoding: .utf8)
    #expect(throws: LogError.notALedger("file is not a database")) { try verifier().verify() }
    let path = scratch.path("other.sqlite")
    let other = try Connection(path: path, mode: .create, busy: .jitter(limitMilliseconds: 0))
    try other.execute("CREATE TABLE t(x)")
    #expect(throws: LogError.notALedger("its application id is 0")) { try LedgerVerifier(path: path).verify() }
    try other.execute("PRAGMA application_id=\(LedgerFormat.applicationID); PRAGMA user_version=2")
    #expect(throws: LogError.newerFormat(found: 2, known: 1)) { try LedgerVerifier(path: path).verify() }
  }
}
