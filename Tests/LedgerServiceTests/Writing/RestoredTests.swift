import Cryptography
import EventLog
import Foundation
import KeyLedger
import Testing
import Transparency
import Vault

@testable import LedgerService

/// A ledger that has lost, or may have lost, what it has shown verifies nothing and takes one command.
@Suite struct RestoredTests {
  private let stage: Stage
  private var directory: LedgerDirectory { stage.ledger.directory }

  init() throws {
    stage = try Stage()
    stage.writer.shown.keepAtEnd()
  }

  /// Takes the guard away and puts it back.
  private func lose() throws { try FileManager.default.moveItem(atPath: directory.shownPath, toPath: away) }
  private func find() throws { try FileManager.default.moveItem(atPath: away, toPath: directory.shownPath) }
  private var away: String { directory.shownPath + ".away" }

  private func accept(_ reason: String = "the disk died") -> Command { .acceptRestored(reason: reason) }

  @Test(arguments: CommandName.allCases)
  func `No command changes it, and none does in a rehearsal`(_ name: CommandName) throws {
    try lose()
    let size = try stage.ledger.size()
    #expect(code(stage.writer.run([stage.request(name)])[0]) == .restored)
    try stage.writer.rehearse { execute in #expect(code(execute(stage.request(name))) == .restored) }
    #expect(try stage.ledger.size() == size)
    try find()
    #expect(code(stage.writer.run([stage.request(name)])[0]) == nil)
  }

  @Test func `Accepted, it says what it held and what was shown, and is whole from then on`() throws {
    try lose()
    let head = try stage.ledger.log().read { try $0.head() }
    let outcome = try stage.writer.operate(accept())
    guard case .ledgerRestored(let data) = try #require(outcome.events.first).event.data else {
      Issue.record("another event")
      return
    }
    #expect(data == Restoration(size: head.size, root: Hash256(head.root), shown: nil, reason: "the disk died"))
    #expect(stage.writer.refusal(.changePlan(.starter)) == nil)
    #expect(stage.writer.refusal(accept()) == .notRestored)
  }

  @Test func `Of an older ledger the event names the checkpoint that it does not hold`() throws {
    let ledger = try TestLedger()
    let file = URL(fileURLWithPath: ledger.directory.ledger)
    let yesterday = try Data(contentsOf: file)
    let today = try ledger.writer().operateAndEnd(.changePlan(.starter))
    try yesterday.write(to: file)

    let (before, after) = try (ledger.events(), ledger.directory.rollbackGuard(of: ledger.log().ledger).kept())
    guard case .checkpoint(let shown) = after else { throw Refusal(.notFound, "no guard") }
    #expect(shown.size == today.asOf.sequence && before.count + 1 == Int(shown.size))
    let writer = try ledger.writer()
    #expect(writer.refusal(.changePlan(.starter)) == .restored)
    guard case .ledgerRestored(let data) = try #require(writer.operate(accept()).events.first).event.data else {
      Issue.record("another event")
      return
    }
    #expect(data.shown == TreeHead(size: shown.size, root: Hash256(shown.root)))
    #expect(data.size == UInt64(before.count))
    // It has as many events as were shown now, and other ones; its guard is the new one.
    #expect(try ledger.size() == shown.size)
    #expect(writer.refusal(.changePlan(.starter)) == nil)
  }

  @Test func `A rehearsal of accepting it accepts nothing`() throws {
    try lose()
    let size = try stage.ledger.size()
    try stage.writer.rehearse { execute in #expect(code(execute(.ask(accept()))) == nil) }
    #expect(try stage.ledger.size() == size)
    #expect(stage.writer.refusal(.changePlan(.starter)) == .restored)
  }

  @Test func `Neighbours in a batch with the acceptance are refused still`() throws {
    try lose()
    let results = stage.writer.run([.ask(.changePlan(.starter)), .ask(accept()), .ask(.changePlan(.starter))])
    #expect(results.map(code) == [.restored, nil, .restored])
    #expect(stage.writer.refusal(.changePlan(.starter)) == nil)
  }

  @Test func `The vault is left alone, as what the lost events sealed would pass for orphans`() throws {
    let vault = try stage.ledger.vault()
    try vault.begin()
    try vault.put(owner: KeyID(time: TestClock().now(), randomness: 9).description, kind: "key", content: [1, 2, 3])
    try vault.commit()
    let rows = try vault.tail(limit: 100).filter(\.isLive).count
    try lose()
    #expect(throws: Refusal.self) { try stage.writer.sweep() }
    let fresh = try stage.ledger.writer()
    #expect(fresh.refusal(.changePlan(.starter)) == .restored)
    #expect(try vault.tail(limit: 100).filter(\.isLive).count == rows)
    try find()
    #expect(try stage.writer.sweep().orphans == 1)
  }

  @Test func `No secret is verified, live or as of the past, and reads go on`() throws {
    let (key, secret) = try stage.writer.makeKey("production", ["customers:read"])
    stage.writer.shown.keepAtEnd()
    let gate = try Gatekeeper(directory, clock: stage.ledger.clock)
    #expect(try gate.answer(GateQuestion(secret)).outcome == .valid)
    let queries = try Queries(directory, clock: stage.ledger.clock)
    let moment = try queries.moment()
    #expect(try queries.check(secret, at: moment).isValid)
    #expect(try queries.restoration() == nil)

    try lose()
    func isRefused(_ body: () throws -> Void) -> RefusalCode? {
      do {
        try body()
        return nil
      } catch {
        return (error as? Refusal)?.code
      }
    }
    #expect(isRefused { _ = try gate.answer(GateQuestion(secret)) } == .restored)
    let another = try Gatekeeper(directory, clock: stage.ledger.clock)
    #expect(isRefused { _ = try another.answer(GateQuestion(secret)) } == .restored)
    another.beginTurn()
    #expect(another.problem?.code == .restored)
    #expect(isRefused { _ = try another.now() } == .restored)
    #expect(isRefused { _ = try another.user(showing: Array("user-nobody".utf8).span) } == nil)
    #expect(isRefused { _ = try queries.check(secret, at: moment) } == .restored)
    #expect(isRefused { _ = try queries.check(secret, at: try queries.moment(.event(moment.sequence))) } == .restored)
    #expect(try queries.restoration()?.code == .restored)
    #expect(try queries.whose(secret, at: moment)?.id == key.id)
    #expect(try queries.key(key.id.description, at: moment).id == key.id)

    try find()
    #expect(try gate.answer(GateQuestion(secret)).outcome == .valid)
    #expect(try queries.check(secret, at: moment).isValid)
    #expect(try queries.restoration() == nil)
  }
}

extension Writer {
  /// One command as the last of a process that appended.
  fileprivate func operateAndEnd(_ command: Command) throws -> Outcome {
    defer { shown.keepAtEnd() }
    return try operate(command)
  }
}
