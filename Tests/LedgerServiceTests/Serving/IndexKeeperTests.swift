import Cryptography
import EventLog
import Foundation
import KeyLedger
import SQLite
import Testing

@testable import LedgerService

@Suite("The keeper of the verification index")
struct IndexKeeperTests {
  private let story: ReadingStory
  private var directory: LedgerDirectory { story.ledger.directory }

  init() throws { story = try ReadingStory() }

  private func keeper(worthwhile: UInt64 = 1) throws -> (IndexKeeper, Gatekeeper) {
    let keeper = try IndexKeeper(directory, of: story.ledger.founding.ledger, worthwhile: worthwhile)
    return (keeper, try Gatekeeper(directory, clock: story.ledger.clock, sharing: keeper.index))
  }

  private var hasCache: Bool { FileManager.default.fileExists(atPath: directory.indexCache) }

  /// Waits until it is so, for a minute at most.
  private func wait(_ what: Comment, until isSo: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try !isSo() {
      try #require(ContinuousClock.now < deadline, what)
      usleep(2_000)
    }
  }

  @Test("leaves a cache for the next start, which reads in the background what that spared it")
  func readsWhatWasSpared() throws {
    let (first, _) = try keeper()
    first.close()
    #expect(hasCache && first.index.closure == nil)
    let (second, gate) = try keeper()
    try wait("the events were not read") { second.index.taken == nil }
    #expect(try gate.answer(GateQuestion(story.secret("billing 2"))).outcome == .valid)
    second.close()
    #expect(second.index.closure == nil && second.progress == nil)
  }

  @Test("says once that it has read what a cache spared, and says nothing where none did")
  func saysWhenRead() throws {
    let ledger = story.ledger.founding.ledger
    // The first start leaves the cache that the second is taken from.
    for times in 0...1 {
      let said = Counter()
      let keeper = try IndexKeeper(directory, of: ledger, worthwhile: 1) { said.add("read") }
      _ = try Gatekeeper(directory, clock: story.ledger.clock, sharing: keeper.index)
      if times > 0 { try wait("it was not said") { !said.all.isEmpty } }
      keeper.close()
      #expect(said.all.count == times)
    }
  }

  @Test("writes none where a fold costs less")
  func fewEvents() throws {
    let (keeper, _) = try keeper(worthwhile: 1_000)
    keeper.close()
    #expect(!hasCache)
  }

  @Test("writes another while it runs, when enough has come")
  func writesWhileItRuns() throws {
    let (keeper, gate) = try keeper()
    try wait("no cache was written") { hasCache }
    let before = try Data(contentsOf: URL(fileURLWithPath: directory.indexCache))
    // More than an eighth of the log.
    for number in 0..<40 {
      try story.ledger.run(.changePlan(number.isMultiple(of: 2) ? .scale : .starter))
    }
    gate.beginTurn()
    try wait("no other was written") {
      try Data(contentsOf: URL(fileURLWithPath: directory.indexCache)) != before
    }
    keeper.close()
  }

  @Test("closes verification, says why and forgets the cache when an old record was changed on disk")
  func closes() throws {
    let (first, _) = try keeper()
    first.close()
    try changeARecord()
    // Until the record is read nobody can know.
    let ledger = story.ledger.founding.ledger
    let unread = SharedIndex(of: ledger, cache: IndexCache(directory, of: ledger))
    let early = try Gatekeeper(directory, clock: story.ledger.clock, sharing: unread)
    #expect(unread.taken != nil)
    let question = GateQuestion(try story.secret("billing 2"))
    #expect(try early.answer(question).outcome == .valid)

    let (second, gate) = try keeper()
    try wait("the change was not found") { second.index.closure != nil }
    #expect(refusal { _ = try gate.answer(question) } == .damaged)
    gate.beginTurn()
    #expect(gate.problem?.message.contains("keyledger verify") == true)
    #expect(refusal { _ = try gate.now() } == .damaged)
    // Who may call is known still.
    let token = try #require(story.ledger.founding.owner?.token)
    let owner = try token.withBytes { try gate.user(showing: $0.span)?.id }
    #expect(owner == story.ledger.founding.owner?.id)
    second.close()
    #expect(!hasCache)
    // So the next start folds, and finds it at once.
    let third = try IndexKeeper(directory, of: ledger, worthwhile: 1)
    #expect(refusal { _ = try Gatekeeper(directory, clock: story.ledger.clock, sharing: third.index) } == .damaged)
    third.close()
    #expect(!hasCache)
  }

  /// One letter of an old event, past the triggers, as a disk or somebody with an editor would.
  private func changeARecord() throws {
    let connection = try Connection(
      path: directory.ledger, mode: .readWrite, busy: .jitter(limitMilliseconds: 10_000))
    defer { connection.close() }
    try connection.write {
      let trigger = try connection.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%UPDATE ON events%'")
      try #require(try trigger.step())
      let (name, sql) = (try trigger.text(0), try trigger.text(1))
      trigger.reset()
      let row = try connection.prepare("SELECT sequence, record FROM events WHERE type = 'key.renamed' LIMIT 1")
      try #require(try row.step())
      let (sequence, record) = (row.int64(0), row.blob(1))
      row.reset()
      let text = String(decoding: record, as: UTF8.self).replacingOccurrences(of: "nightly", with: "weakly!")
      try #require(Array(text.utf8) != record)
      try connection.execute("DROP TRIGGER \(name)")
      try connection.prepare("UPDATE events SET record = ? WHERE sequence = ?").run(Array(text.utf8), sequence)
      try connection.execute(sql)
    }
  }
}
