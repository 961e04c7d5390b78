import Foundation
import KeyLedger
import SQLite
import Testing

@testable import LedgerService

@Suite("A journal that can't be written")
struct BrokenJournalTests {
  private let story: ReadingStory
  private let path: String

  init() throws {
    story = try ReadingStory()
    path = story.ledger.directory.journal
  }

  /// Records one use and closes: what the journal says of itself then.
  private func use() throws -> JournalFigures {
    let journal = try AccessJournal(
      story.ledger.directory, of: story.ledger.queries().ledgerID, clock: story.ledger.clock)
    let operation = JournaledOperation(
      time: story.ledger.clock.now(), environment: Slug("production"), key: story.keys["billing 2"],
      permission: nil, outcome: .valid)
    journal.record(operation, method: "GET".utf8.span, path: "/".utf8.span)
    journal.close()
    return journal.state
  }

  private func uses() throws -> Int64 {
    try story.ledger.queries().lastUses(of: [#require(story.keys["billing 2"])])[0].count
  }

  @Test("is begun anew when it is damaged or of another ledger: it is disposable", arguments: [false, true])
  func isBegunAnew(_ isOfAnotherLedger: Bool) throws {
    #expect(try use().written == 1)
    if isOfAnotherLedger {
      let file = try Connection(path: path, mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
      try file.execute("UPDATE journal SET ledger = 'ldg_01JD8Z3V5QK7M0XW2T9B4C6R8E'")
      file.close()
      #expect(try story.ledger.queries().lastUses(of: [#require(story.keys["billing 2"])])[0].since == nil)
    } else {
      try Data(repeating: 0x58, count: 8_192).write(to: URL(fileURLWithPath: path))
    }
    #expect(try use().written == 1)
    #expect(try uses() == 1)
  }

  @Test("costs its entries and nothing else, and is taken up again when it is back")
  func costsNothingElse() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let broken = try use()
    #expect(broken.written == 0 && broken.dropped == 1)
    #expect(try uses() == 0)
    try FileManager.default.removeItem(atPath: path)
    #expect(try use().written == 1)
    #expect(try uses() == 1)
  }

  @Test("is tried again at once when the clock was set back since")
  func clockSetBack() throws {
    let clock = TestClock()
    var writer = JournalWriter(path: path, ledger: try story.ledger.queries().ledgerID, clock: clock, limit: 10)
    var batch = JournalBatch()
    batch.add(
      JournaledOperation(
        time: clock.now(), environment: Slug("production"), key: story.keys["billing 2"], permission: nil,
        outcome: .valid), method: "GET".utf8.span, path: "/".utf8.span)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    var written = [writer.write(batch)]
    try FileManager.default.removeItem(atPath: path)
    // It is left alone for a while.
    written.append(writer.write(batch))
    clock.advance(-3_600_000)
    written.append(writer.write(batch))
    writer.end()
    #expect(written == [false, false, true])
  }

  @Test("is begun anew when it turns out damaged only as it is written")
  func damagedWithin() throws {
    let ledger = try story.ledger.queries().ledgerID
    #expect(try use().written == 1)
    let file = try JournalFile(writing: path, of: ledger, since: story.ledger.clock.now())
    try file.connection.execute("UPDATE uses SET keys = zeroblob(32)")
    file.close()
    #expect(try use().dropped == 1)
    #expect(try use().written == 1)
    #expect(try uses() == 1)
  }

  @Test("is left alone when it is of another program or a newer one", arguments: ["application_id", "user_version"])
  func leavesOthersAlone(_ pragma: String) throws {
    _ = try use()
    let file = try Connection(path: path, mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    try file.execute("PRAGMA \(pragma)=7777")
    file.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(try use().dropped == 1)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    let queries = try story.ledger.queries()
    #expect(throws: Refusal.self) {
      try queries.access(AccessFilter(environment: "production"), at: queries.moment())
    }
    #expect(try uses() == 0)
  }

  @Test("hears of a full disk and refuses nobody")
  func fullDisk() throws {
    let ledger = try story.ledger.queries().ledgerID
    let file = try JournalFile(writing: path, of: ledger, since: story.ledger.clock.now())
    #expect(try file.connection.pragma("max_page_count=1") > 1)
    var batch = JournalBatch()
    for _ in 0..<2_000 {
      batch.add(
        JournaledOperation(
          time: story.ledger.clock.now(), environment: Slug("production"), key: story.keys["billing 2"],
          permission: nil, outcome: .valid), method: "GET".utf8.span, path: "/customers".utf8.span)
    }
    #expect(throws: SQLiteError.self) { try file.append(batch, uses: nil, alsoLost: 0, limit: 10) }
    file.close()
    #expect(try uses() == 0)
  }
}
