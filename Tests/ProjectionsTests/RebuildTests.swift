import Cryptography
import EventLog
import Foundation
import KeyLedger
import Projections
import SQLite
import Testing
import Transparency

/// Thrown from progress, as a kill between two batches.
private struct Killed: Error {}

struct RebuildTests {
  @Test(
    "However the log grew and the views followed, their content is that of a rebuild",
    arguments: 1...8 as ClosedRange<UInt64>)
  func catchingUpIsRebuilding(seed: UInt64) throws {
    var history = try RandomHistory(seed: seed)
    let directory = try Directory()
    let followed = try directory.open(
      history.log, .pages(of: UInt64.random(in: 1...40, using: &history.random), bulk: .max))
    while history.size < 300 {
      try history.grow(by: Int.random(in: 1...60, using: &history.random))
      try followed.catchUp(with: history.log)
    }
    let digest = try followed.digest()

    let other = try Directory()
    let filled = try other.open(history.log, .pages(of: UInt64.random(in: 1...40, using: &history.random), bulk: 1))
    try filled.catchUp(with: history.log)
    #expect(try filled.digest() == digest)
    #expect(try filled.position() == followed.position())

    let report = try followed.rebuild(from: history.log)
    #expect(report.digest == digest && report.previousDigest == digest)
    #expect(!report.drift && report.resumedFrom == nil && report.events == history.size)
    #expect(try followed.digest() == digest)
    // The tables of a rebuild are followed as any.
    try history.grow(by: 50)
    try followed.catchUp(with: history.log)
    try filled.catchUp(with: history.log)
    #expect(try followed.digest() == filled.digest())
    #expect(try followed.rebuild(from: history.log).drift == false)
    #expect(try identical(followed.keys(KeyQuery()), history.keys.keys()))
  }

  @Test("A rebuild killed after any batch is taken up there and ends the same; meanwhile the old views answer")
  func killedAnywhere() throws {
    var history = try RandomHistory(seed: 61)
    try history.grow(by: 200)
    let directory = try Directory()
    var views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    let digest = try views.digest()
    let batches = Int((history.size + ViewsLimits.small.pageEvents - 1) / ViewsLimits.small.pageEvents)
    #expect(batches > 10)
    for kill in 1...batches {
      var done = 0
      var reached: UInt64 = 0
      #expect(throws: Killed.self) {
        try views.rebuild(from: history.log) { progress in
          done += 1
          reached = progress.done
          if done == kill { throw Killed() }
        }
      }
      #expect(try views.digest() == digest)
      views.close()
      views = try directory.open(history.log)
      #expect(try identical(views.keys(KeyQuery()), history.keys.keys()))
      var first: UInt64?
      let report = try views.rebuild(from: history.log) { first = first ?? $0.done }
      #expect(report.resumedFrom == reached && report.digest == digest && !report.drift)
      #expect(first == min(reached + ViewsLimits.small.pageEvents, history.size))
      #expect(try views.digest() == digest)
    }
  }

  @Test("A rebuild whose tables another one put in place while it ran cries no drift", arguments: [false, true])
  func overtaken(andBegunAnew: Bool) throws {
    var history = try RandomHistory(seed: 62)
    try history.grow(by: 200)
    // Another process: a log and views of its own, and the same file.
    var theirs = try RandomHistory(seed: 62)
    try theirs.grow(by: 200)
    let directory = try Directory()
    let (views, other) = (try directory.open(history.log), try directory.open(theirs.log))
    try views.catchUp(with: history.log)
    let digest = try views.digest()
    var overtaken = false
    let report = try views.rebuild(from: history.log) { (mine: RebuildProgress) throws -> Void in
      guard mine.done == mine.total, !overtaken else { return }
      overtaken = true
      let others = try other.rebuild(from: theirs.log)
      #expect(!others.drift)
      guard andBegunAnew else { return }
      #expect(throws: Killed.self) { try other.rebuild(from: theirs.log) { _ in throw Killed() } }
    }
    #expect(overtaken)
    #expect(!report.drift && report.previousProblem == nil && report.digest == digest)
    #expect(try views.rebuild(from: history.log).drift == false)
    #expect(try views.digest() == digest)
  }

  @Test("A rebuild killed again and again, each time a batch further, ends the same")
  func killedAgainAndAgain() throws {
    var history = try RandomHistory(seed: 62)
    try history.grow(by: 150)
    let directory = try Directory()
    let views = try directory.open(history.log)
    var report: RebuildReport?
    var runs = 0
    while report == nil {
      runs += 1
      var batches = 0
      do {
        report = try views.rebuild(from: history.log) { _ in
          batches += 1
          if batches == 2 { throw Killed() }
        }
      } catch is Killed {}
      // Meanwhile the log grows.
      if runs < 5 { try history.grow(by: 20) }
    }
    #expect(runs > 5 && report?.events == history.size)
    let other = try Directory()
    let fresh = try other.open(history.log)
    try fresh.catchUp(with: history.log)
    #expect(try report?.digest == fresh.digest())
  }

  static let shadowForgeries = [
    "UPDATE key_versions_shadow SET name = 'forged' WHERE to_sequence = (SELECT max(to_sequence) FROM key_versions_shadow)",
    "UPDATE position_shadow SET root = zeroblob(32)",
    "UPDATE position_shadow SET sequence = sequence + 1",
    "UPDATE position_shadow SET ledger = 'ldg_0000000000000000000000000A'",
    "DELETE FROM position_shadow",
    "DROP TABLE key_activity_shadow",
    "DELETE FROM key_versions_shadow WHERE version = 1",
    "UPDATE key_activity_shadow SET first_event = first_event + 1",
    "UPDATE position_shadow SET idempotency_keys = idempotency_keys + 1",
  ]

  @Test("What a killed rebuild left behind is not believed when it was tampered with", arguments: shadowForgeries)
  func tamperedShadow(sql: String) throws {
    var history = try RandomHistory(seed: 63)
    try history.grow(by: 150)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    #expect(throws: Killed.self) { try views.rebuild(from: history.log) { if $0.done > 90 { throw Killed() } } }
    try directory.tamper(sql)
    let report = try views.rebuild(from: history.log)
    #expect(report.resumedFrom == nil)
    let other = try Directory()
    let fresh = try other.open(history.log)
    try fresh.catchUp(with: history.log)
    #expect(try report.digest == fresh.digest())
  }

  static let forgeries = [
    "UPDATE keys SET scope = '[\"*\"]' WHERE kind = 'scoped'",
    "UPDATE keys SET name = 'Forged' WHERE first_event = (SELECT min(first_event) FROM keys)",
    "UPDATE keys SET fingerprint = x'00'",
    "UPDATE key_versions SET from_sequence = from_sequence + 1 WHERE version = 1",
    "UPDATE key_versions SET name = 'Forged' WHERE version = 1",
    "UPDATE keys SET ended_because = NULL, expires_at = NULL WHERE ended_because IS NOT NULL",
    "DELETE FROM key_activity WHERE sequence = (SELECT max(sequence) FROM key_activity)",
    "UPDATE key_activity SET details = '{}'",
    "DELETE FROM keys",
    "INSERT INTO idempotency SELECT max(sequence) + 1000, randomblob(32) FROM idempotency",
    "DELETE FROM key_versions",
  ]

  @Test("A forged row is drift, and gone after a rebuild", arguments: forgeries)
  func forgedRow(sql: String) throws {
    var history = try RandomHistory(seed: 71)
    try history.grow(by: 200)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    let digest = try views.digest()
    try directory.tamper(sql)
    let report = try views.rebuild(from: history.log)
    #expect(report.drift && report.digest == digest && report.previousDigest != digest)
    #expect(try views.digest() == digest)
    #expect(try identical(views.keys(KeyQuery()), history.keys.keys()))
  }

  @Test("Views that lag behind the log when a rebuild begins have not drifted")
  func lagging() throws {
    var history = try RandomHistory(seed: 72)
    try history.grow(by: 100)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    let before = try views.digest()
    try history.grow(by: 100)
    let report = try views.rebuild(from: history.log)
    #expect(!report.drift && report.previousDigest == before && report.digest != before)
    #expect(try views.digest() == report.digest)
  }

  @Test("What is appended while a rebuild runs is in the views when it ends")
  func appendedMeanwhile() throws {
    var history = try RandomHistory(seed: 73)
    try history.grow(by: 100)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    let log = GrowingLog(history)
    let report = try views.rebuild(from: log)
    let position = try #require(try views.position())
    #expect(position.sequence == log.history.size && position.sequence > 100)
    #expect(report.events <= position.sequence && !report.drift)
    let other = try Directory()
    let fresh = try other.open(log.history.log)
    try fresh.catchUp(with: log.history.log)
    #expect(try fresh.digest() == views.digest())
  }

  @Test("An event that can't be read stops a rebuild with its number, and the old views stay")
  func unreadableEvent() throws {
    var history = try RandomHistory(seed: 74)
    try history.grow(by: 100)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    let digest = try views.digest()
    let faulty = FaultyLog(history.log, .unreadable(57))
    let error = LogError.unreadable(sequence: 57, reason: FaultyLog.reason)
    #expect(throws: error) { try views.rebuild(from: faulty) }
    #expect(try views.digest() == digest)
    let other = try Directory()
    #expect(throws: error) { try other.open(history.log).catchUp(with: faulty) }
    #expect(throws: error) { try other.open(history.log, .pages(of: 10, bulk: 1)).catchUp(with: faulty) }
  }

  @Test("A log that does not hash to its own root is refused, however the views are built")
  func contradiction() throws {
    var history = try RandomHistory(seed: 75)
    try history.grow(by: 100)
    let faulty = FaultyLog(history.log, .wrongRoot)
    let error = ViewsError.logContradictsItself(size: history.size)
    let directory = try Directory()
    let views = try directory.open(history.log)
    #expect(throws: error) { try views.catchUp(with: faulty) }
    #expect(throws: error) { try views.rebuild(from: faulty) }
    #expect(throws: error) { try directory.open(history.log, .pages(of: 10, bulk: 1)).catchUp(with: faulty) }
    try views.catchUp(with: history.log)
    #expect(try identical(views.keys(KeyQuery()), history.keys.keys()))
  }
}
