import EventLog
import Foundation
import KeyLedger
import Projections
import SQLite
import Testing

@Suite("Comparing the views with a fresh fold")
struct ViewsCheckTests {
  private let directory: Directory
  private var history: RandomHistory

  init() throws {
    directory = try Directory()
    history = try RandomHistory(seed: 7)
    try history.grow(by: 150)
    let views = try directory.open(history.log)
    defer { views.close() }
    try views.catchUp(with: history.log)
  }

  private func findings() throws -> [String] { try compare(history.log).findings.list.map(\.what) }

  /// The views against the events of a log, handed on in stretches as a verifier does it.
  private func compare(_ log: InMemoryLog) throws -> (position: UInt64?, findings: Findings) {
    let check = try ViewsCheck(path: directory.views, log: log)
    let root = try log.read { reader in
      var decoder = RecordDecoder(ledger: reader.ledger)
      var done: UInt64 = 0
      while done < check.size {
        var events = FollowedEvents(from: done + 1, capacity: 37)
        try reader.forEachPage(after: done, through: done + 37) { page in
          for index in 0..<page.count {
            let event = try decoder.event(index, of: page)
            events.append(event, data: page.record(index).extracting(decoder.data))
          }
          return true
        }
        check.follow(events)
        done += UInt64(events.events.count)
      }
      return try reader.root(at: check.size)
    }
    return (check.position, try check.finish(root: root))
  }

  @Test("Views as they were built, and views that are behind, are right as far as they go")
  mutating func rightViews() throws {
    let position = history.size
    #expect(try findings() == [])
    try history.grow(by: 20)
    let check = try compare(history.log)
    #expect(check.findings.isEmpty && check.position == position && history.size > position)
  }

  @Test(
    "A row that is forged, missing or added is named by its event",
    arguments: [
      ("UPDATE key_versions SET name = name || '!'", "left it is another in the views"),
      ("UPDATE key_versions SET from_sequence = from_sequence + 1", "left it is another in the views"),
      ("UPDATE key_versions SET ended_because = 'revoked', expires_at = 0", "left it is another in the views"),
      ("UPDATE key_versions SET to_sequence = to_sequence + 1000", "has no row in key_versions"),
      ("UPDATE keys SET name = name || '!'", "left it is another in the views"),
      ("UPDATE keys SET scope = '[\"*\"]' WHERE kind = 'scoped'", "left it is another in the views"),
      ("UPDATE keys SET ended_because = NULL, expires_at = NULL, ended_at_once = 0", "left it is another in the views"),
      ("UPDATE keys SET fingerprint = x'00'", "left it is another in the views"),
      ("UPDATE keys SET environment = 'elsewhere'", "left it is another in the views"),
      ("UPDATE keys SET last_event = last_event + 1", "left it is another in the views"),
      ("DELETE FROM keys WHERE removed = 0", "has no row in keys"),
      ("UPDATE key_activity SET actor = 'operator:nobody'", "the activity of event"),
      ("UPDATE key_activity SET details = '{}'", "the activity of event"),
      ("UPDATE idempotency SET key = zeroblob(32)", "the idempotency key of event"),
      ("DELETE FROM key_versions WHERE version = 1", "has no row in key_versions"),
      ("DELETE FROM key_activity WHERE sequence % 2 = 0", "has no row in key_activity"),
      ("DELETE FROM idempotency", "has no row in idempotency"),
      ("INSERT INTO idempotency VALUES (1, zeroblob(32))", "holds a row of event 1, which leaves none"),
      ("INSERT INTO key_activity VALUES (900, 1, 0, 't', 'system', '{}')", "holds a row of event 900"),
      ("UPDATE key_activity SET first_event = first_event + 1", "the activity of event"),
    ])
  func forgedRows(sql: String, said: String) throws {
    try directory.tamper(sql)
    let check = try compare(history.log)
    #expect(check.findings.list.contains { $0.what.contains(said) }, "\(check.findings.list)")
    #expect(check.findings.firstBad != nil)
  }

  @Test(
    "A position that is not of this log is said",
    arguments: [
      ("UPDATE position SET sequence = 900", "do not say to which event they go"),
      ("UPDATE position SET ledger = 'ldg_00000000000000000000000000'", "another ledger"),
      ("DELETE FROM position", "do not say to which event they go"),
      ("UPDATE position SET idempotency_keys = idempotency_keys + 1", "idempotency keys, and there are"),
      ("DROP INDEX IF EXISTS keys_by_key_a", "not laid out as this program does"),
    ])
  func wrongPosition(sql: String, said: String) throws {
    try directory.tamper(sql)
    let found = try findings()
    #expect(found.contains { $0.contains(said) }, "\(found)")
  }

  @Test("Views of a longer log go beyond this one")
  func ahead() throws {
    var shorter = try RandomHistory(seed: 7)
    try shorter.grow(by: 100)
    let check = try compare(shorter.log)
    #expect(check.findings.list.contains { $0.what.contains("the views go to event") }, "\(check.findings.list)")
  }

  @Test("Where there are no views, there is nothing to compare")
  func absent() throws {
    #expect(throws: ViewsError.self) { try ViewsCheck(path: directory.file("none.sqlite"), log: history.log) }
  }

  @Test("Damaged pages are found, and nothing crashes")
  func damagedPages() throws {
    let whole = try directory.bytes()
    for position in stride(from: 100, to: whole.count, by: 331) {
      var bytes = whole
      bytes[position] ^= 0x10
      try directory.write(bytes)
      do {
        _ = try compare(history.log)
      } catch is ViewsError {
        // Refused where no finding could be made of it: also said.
      }
    }
  }
}
