import Cryptography
import EventLog
import Foundation
import KeyLedger
import Testing
import Vault

@testable import LedgerService

@Suite struct BackupTests {
  private let stage: Stage
  private let copy: LedgerDirectory
  private var directory: LedgerDirectory { stage.ledger.directory }

  init() throws {
    stage = try Stage()
    copy = LedgerDirectory(path: stage.ledger.directory.path + ".copy", rootKeyPath: stage.ledger.directory.rootKeyPath)
  }

  private func records(_ directory: LedgerDirectory) throws -> [[UInt8]] {
    try SQLiteLog(path: directory.ledger, mode: .readOnly).read { log in
      var records: [[UInt8]] = []
      try log.records(after: 0, through: .max) { _, record in
        records.append(record.indices.map { record[$0] })
        return true
      }
      return records
    }
  }

  private func remove() { try? FileManager.default.removeItem(atPath: copy.path) }

  @Test func `It holds every record byte for byte, opens every secret, and nothing that it must not hold`() throws {
    defer { remove() }
    let (key, secret) = try stage.writer.makeKey("production", ["customers:read"])
    let report = try Backup(of: directory, to: copy.path).run()
    #expect(report.verification.isWhole)
    #expect(report.head == (try stage.ledger.log().read { try $0.head() }))
    #expect(try records(copy) == records(directory))
    let names = try FileManager.default.contentsOfDirectory(atPath: copy.path)
    #expect(Set(names.filter { !$0.hasSuffix("-shm") && !$0.hasSuffix("-wal") }) == ["ledger.sqlite", "vault.sqlite"])
    #expect(try stage.ledger.mode(of: copy.path) == 0o700)
    for name in names { #expect(try stage.ledger.mode(of: copy.path + "/" + name) == 0o600) }
    let vault = try copy.openVault(of: report.ledger, randomness: SystemRandomness())
    let opened = try #require(try vault.open(owner: key.id.description, kind: VaultKind.key))
    #expect(opened.withBytes(SecretForm.fingerprint) == secret.withBytes(SecretForm.fingerprint))
    if case .rows(let count) = report.vault {
      #expect(try vault.liveCount() == count)
    } else {
      Issue.record("no vault")
    }
  }

  @Test func `Opened as a ledger it counts as restored, until it is accepted`() throws {
    defer { remove() }
    _ = try Backup(of: directory, to: copy.path).run()
    let queries = try Queries(copy, clock: stage.ledger.clock)
    #expect(try queries.restoration()?.code == .restored)
    let writer = try Writer(copy, clock: stage.ledger.clock, randomness: SystemRandomness())
    #expect(writer.refusal(.changePlan(.starter)) == .restored)
    #expect(writer.refusal(.acceptRestored(reason: "a drill")) == nil)
    #expect(writer.refusal(.changePlan(.starter)) == nil)
    #expect(try queries.restoration() == nil)
    // The ledger that was copied knows nothing of it.
    #expect(stage.writer.refusal(.changePlan(.starter)) == nil)
  }

  @Test func `While others append and revoke, it is one moment of both files`() throws {
    defer { remove() }
    let ledger = stage.ledger
    let ended = Counter()
    let thread = DispatchGroup()
    thread.enter()
    Thread.detachNewThread {
      defer { thread.leave() }
      do {
        let writer = try ledger.writer()
        while ended.all.isEmpty {
          let key = try writer.makeKey("production", ["customers:read"]).0
          try writer.operate(.revokeKey(key: key.id.description))
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    for _ in 0..<4 {
      let report = try Backup(of: directory, to: copy.path).run()
      #expect(report.verification.isWhole)
      try FileManager.default.copyItem(atPath: directory.shownPath, toPath: copy.shownPath)
      let log = try SQLiteLog(path: copy.ledger, mode: .readWrite)
      let vault = try copy.openVault(of: log.ledger, randomness: SystemRandomness())
      var set = WorkingSet()
      try log.read { log in
        try set.enter(log)
        let judge = RowJudge(log: log, now: stage.ledger.clock.now())
        for row in try vault.liveRows(after: 0, limit: 10_000) {
          let verdict = try judge.verdict(owner: row.owner, kind: row.kind, &set)
          // A revocation is in the log before its row is destroyed, so such a row may be there still; an orphan may not.
          #expect(verdict != .orphan)
        }
      }
      vault.close()
      remove()
    }
    ended.add("enough")
    thread.wait()
  }

  @Test func `A place that is taken is refused, and what fails leaves nothing`() throws {
    defer { remove() }
    try FileManager.default.createDirectory(atPath: copy.path, withIntermediateDirectories: false)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: copy.path + "/file"))
    func code(_ path: String) -> RefusalCode? {
      do {
        _ = try Backup(of: directory, to: path).run()
        return nil
      } catch {
        return error.code
      }
    }
    #expect(code(copy.path) == .alreadyExists)
    #expect(code(directory.path) == .alreadyExists)
    #expect(code(copy.path + "/absent/backup") == .badUsage)
    #expect(try FileManager.default.contentsOfDirectory(atPath: copy.path) == ["file"])
  }
}
