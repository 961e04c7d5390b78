import EventLog
import KeyLedger
import Testing

@testable import LedgerService
@testable import Vault

/// No room: refused, nothing changed, and on with it when there is room again.
@Suite struct FullDiskTests {
  enum Which: CaseIterable { case ledger, vault }

  private func limit(_ writer: Writer, _ which: Which, _ more: Int64?) throws {
    switch which {
    case .ledger: try #require(writer.log as? SQLiteLog).limitPages(more)
    case .vault: try writer.vault.limitPages(more)
    }
  }

  private func create(_ name: String) -> Request {
    .ask(
      .createKey(
        environment: "production", name: name, description: String(repeating: "d", count: 500), scope: ["read_only"]),
      key: name)
  }

  @Test(arguments: Which.allCases)
  func `A full disk refuses the command cleanly`(_ which: Which) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    try limit(writer, which, 1)
    var done = 0
    var refused: Result<Outcome, Refusal>?
    while refused == nil, done < 200 {
      let result = writer.run([create("key-\(done)")])[0]
      if code(result) == nil { done += 1 } else { refused = result }
    }
    #expect(refused.flatMap(code) == .noSpace)
    let size = try ledger.size()
    #expect(size == 5 + UInt64(done))
    for _ in 0..<3 { #expect(code(writer.run([create("key-\(done)")])[0]) == .noSpace) }
    #expect(try ledger.size() == size)

    try limit(writer, which, nil)
    let outcome = try writer.one(create("key-\(done)"))
    #expect(!outcome.repeated && outcome.events.map(\.event.sequence) == [size + 1])
    let key = try #require(outcome.key)
    #expect(try writer.operate(.revealKey(key: key.id.description)).secret != nil)
    #expect(try writer.one(create("key-0")).repeated)
    try expectWhole(ledger, writer)
  }

  @Test(arguments: Which.allCases)
  func `In a batch those that fit are done and those that do not hear of it`(_ which: Which) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    try limit(writer, which, 2)
    let results = writer.run((0..<100).map { create("key-\($0)") })
    let codes = Set(results.map(code))
    #expect(codes == [nil, .noSpace])
    let done = results.compactMap { try? $0.get() }
    #expect(try ledger.size() == 5 + UInt64(done.count))
    try limit(writer, which, nil)
    let again = try writer.run((0..<100).map { create("key-\($0)") }).map { try $0.get() }
    #expect(again.map(\.repeated) == results.map { code($0) == nil })
    #expect(Set(again.flatMap(\.ids)).isSuperset(of: done.flatMap(\.ids)))
    try expectWhole(ledger, writer)
  }

  /// The log replays, and the vault is what it says.
  private func expectWhole(_ ledger: TestLedger, _ writer: Writer) throws {
    let events = try ledger.events()
    #expect(events.map(\.sequence) == Array(1...UInt64(events.count)))
    let keys = events.count { if case .keyCreated = $0.data { true } else { false } }
    let report = try writer.sweep()
    #expect(report.orphans == 0 && report.live == keys + 2)
  }
}
