import Cryptography
import EventLog
import Foundation
import KeyLedger
import SQLite
import Testing
import Vault

@testable import LedgerService

@Suite("Examining a data directory")
struct ExaminationTests {
  private let ledger: TestLedger

  init() throws {
    ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    try writer.operate(.rotateSigningSecret(environment: "production"))
  }

  private func examine(logOnly: Bool = false) throws -> LedgerExamination.Report {
    try LedgerExamination(kept: nil, clock: ledger.clock) { _, _ in }.ledger(of: ledger.directory, logOnly: logOnly)
  }

  private func vault(_ sql: String) throws {
    let connection = try Connection(
      path: ledger.directory.vault, mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    defer { connection.close() }
    try connection.execute(sql)
  }

  @Test("A whole ledger has nothing to be said against it, with or without views and vault")
  func whole() throws {
    #expect(try examine().log.isWhole)
    _ = try Queries(ledger.directory, clock: ledger.clock).moment()
    let report = try examine()
    #expect(report.log.isWhole, "\(report.log.findings.list)")
    try FileManager.default.removeItem(atPath: ledger.directory.rootKeyPath)
    #expect(try examine().log.isWhole, "needs no root key")
    try FileManager.default.removeItem(atPath: ledger.directory.vault)
    let without = try examine()
    #expect(without.log.isWhole && without.notes.contains { $0.contains("There is no vault") })
  }

  @Test("An old signing row put back is reported, a row that waits for its end is only told")
  func oldSigningRow() throws {
    try vault("UPDATE secrets SET salt = randomblob(32) WHERE kind = 'signing.1'")
    let found = try examine()
    let said = "the vault holds signing.1 of production, which has ended and was to be destroyed"
    #expect(found.log.findings.list.map(\.what) == [said])
    #expect(try examine(logOnly: true).log.isWhole)
    try vault("INSERT INTO due VALUES ('production', 'signing.1', 0)")
    let waiting = try examine()
    #expect(waiting.log.isWhole && waiting.notes.contains { $0.contains("have ended, and the next change") })
  }

  @Test("A row of no event is told, as a crash may have left it")
  func orphan() throws {
    try vault("UPDATE secrets SET owner = 'nowhere' WHERE kind = 'signing.2'")
    let report = try examine()
    #expect(report.log.isWhole && report.notes.contains { $0.contains("rows of the vault are of no event") })
  }

  @Test("Without its guard it is restored, which is a warning; shorter than its guard, it is a finding")
  func guarded() throws {
    let shown = ledger.directory.shownPath
    let kept = try Data(contentsOf: URL(filePath: shown))
    let size = try ledger.log().read { try $0.head().size }
    try FileManager.default.removeItem(atPath: shown)
    let restored = try examine()
    #expect(restored.log.isWhole && restored.notes.contains { $0.contains("restored") })
    var lines = String(decoding: kept, as: UTF8.self).components(separatedBy: "\n")
    lines[1] = "\(size + 3)"
    let text = lines.joined(separator: "\n")
    try Data(text.utf8).write(to: URL(filePath: shown))
    let report = try examine()
    #expect(report.log.findings.firstBad == size + 1, "\(report.log.findings.list)")
  }
}
