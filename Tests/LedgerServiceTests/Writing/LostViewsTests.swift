import EventLog
import Foundation
import KeyLedger
import Testing

@testable import LedgerService

/// The views find a repeat, the log decides: whatever becomes of the views, nothing runs twice.
@Suite struct LostViewsTests {
  enum Harm: String, CaseIterable {
    case none, deleted, cutToNothing, garbage, garbageBehindTheHeader, emptied, oneRowGone, rowsOfAnotherEvent, behind
    case dropped
  }

  @Test(arguments: Harm.allCases)
  func `A repeat is found after reopening, whatever became of the views`(_ harm: Harm) throws {
    let ledger = try TestLedger()
    let first = try begin(ledger)
    try inflict(harm, on: ledger)
    try check(first, ledger, try ledger.writer())
  }

  @Test(arguments: [Harm.deleted, .emptied, .rowsOfAnotherEvent, .behind, .dropped])
  func `A repeat is found by a writer that was at work while the views were harmed`(_ harm: Harm) throws {
    let ledger = try TestLedger()
    let first = try begin(ledger)
    let writer = try ledger.writer()
    try writer.operate(.addResource(name: "seen", clientReadable: false, readOnly: false), key: "warm")
    try inflict(harm, on: ledger)
    try check(first, ledger, writer)
  }

  @Test(arguments: [true, false])
  func `Of many keys the older are left to the views, if there are any`(hasViews: Bool) throws {
    let ledger = try TestLedger()
    if !hasViews {
      // Where the views should be nothing can be kept.
      try FileManager.default.createDirectory(atPath: ledger.directory.views, withIntermediateDirectories: false)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: ledger.directory.views)
    }
    let writer = try ledger.writer()
    writer.maximumRepeats = 4
    let outcomes = try (0..<20).map { try writer.operate(.provisionEnvironment("env-\($0)"), key: "key-\($0)") }
    #expect((writer.set.repeats?.count ?? 0) <= (hasViews ? 4 : 20))
    for (index, first) in outcomes.enumerated() {
      let again = try writer.operate(.provisionEnvironment("env-\(index)"), key: "key-\(index)")
      #expect(again.repeated && again.ids == first.ids)
    }
    #expect(try ledger.size() == 2 + 3 * 20)
  }

  @Test func `Views that lose their rows when the older keys are left to them are given up`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    writer.maximumRepeats = 4
    var outcomes: [Outcome] = []
    for index in 0..<12 {
      if index == 6 { try ledger.sql(ledger.directory.views, "DELETE FROM idempotency WHERE sequence < 10") }
      outcomes.append(try writer.operate(.provisionEnvironment("env-\(index)"), key: "key-\(index)"))
    }
    for (index, first) in outcomes.enumerated() {
      let again = try writer.operate(.provisionEnvironment("env-\(index)"), key: "key-\(index)")
      #expect(again.repeated && again.ids == first.ids)
    }
  }

  private let command = Command.createKey(
    environment: "production", name: "worker", description: "", scope: ["read_only"])

  private func begin(_ ledger: TestLedger) throws -> Outcome {
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"), key: "first of all")
    let outcome = try writer.operate(command, key: "once")
    try writer.operate(.addResource(name: "later", clientReadable: false, readOnly: false))
    // The views know it only once another writer has looked.
    try ledger.writer().operate(.addResource(name: "latest", clientReadable: false, readOnly: false), key: "look")
    return outcome
  }

  private func inflict(_ harm: Harm, on ledger: TestLedger) throws {
    let views = ledger.directory.views
    #expect(FileManager.default.fileExists(atPath: views))
    switch harm {
    case .none: return
    case .deleted:
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: views + suffix) }
    case .cutToNothing: try overwrite(views, from: 0) { _ in Data() }
    case .garbage: try overwrite(views, from: 0) { Data(repeating: 0x5A, count: $0) }
    case .garbageBehindTheHeader: try overwrite(views, from: 4_096) { Data(repeating: 0x5A, count: $0) }
    case .emptied: try ledger.sql(views, "DELETE FROM idempotency")
    case .oneRowGone: try ledger.sql(views, "DELETE FROM idempotency WHERE sequence = 6")
    case .rowsOfAnotherEvent: try ledger.sql(views, "UPDATE idempotency SET sequence = 100 + sequence")
    case .behind: try ledger.sql(views, "DELETE FROM position; DELETE FROM idempotency")
    case .dropped: try ledger.sql(views, "DROP TABLE idempotency")
    }
  }

  private func overwrite(_ path: String, from offset: Int, _ bytes: (Int) -> Data) throws {
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    let old = try Data(contentsOf: URL(fileURLWithPath: path))
    try #require(old.count > offset)
    try (old.prefix(offset) + bytes(old.count - offset)).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  private func check(_ first: Outcome, _ ledger: TestLedger, _ writer: Writer) throws {
    let size = try ledger.size()
    let again = try writer.operate(command, key: "once")
    #expect(again.repeated)
    #expect(again.ids == first.ids)
    #expect(writer.refusal(.provisionEnvironment("other"), key: "once") == .idempotencyMismatch)
    #expect(try ledger.size() == size)
    let fresh = try writer.operate(.addResource(name: "fresh", clientReadable: false, readOnly: false), key: "fresh")
    #expect(!fresh.repeated)
    #expect(try ledger.writer().operate(command, key: "once").repeated)
  }
}
