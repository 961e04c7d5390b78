import Cryptography
import EventLog
import Foundation
import KeyLedger
import Testing

@testable import LedgerService
@testable import Vault

/// Losing the vault costs reveals, signing secrets and names, nothing else.
@Suite struct LostVaultTests {
  private func removeVault(_ ledger: TestLedger) throws {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: ledger.directory.vault + suffix) }
  }

  @Test func `A reveal is in the log before the secret is told`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (key, secret) = try writer.makeKey("production", ["read_only"])
    let outcome = try writer.operate(.revealKey(key: key.id.description))
    let told = try #require(outcome.secret)
    #expect(told.withBytes { told in secret.withBytes { told == $0 } })
    let last = try #require(try ledger.events().last)
    #expect(last == outcome.events.last?.event)
    #expect(last.data == .keyRevealed)
    let signing = try writer.operate(.revealSigningSecret(environment: "production"))
    #expect(try ledger.events().last?.data == .clientSecuritySecretRevealed)
    #expect(signing.secret?.count == 64)
  }

  @Test func `Without a commit nothing is told`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (key, _) = try writer.makeKey("production", ["read_only"])
    let size = try ledger.size()
    try (writer.log as? SQLiteLog)?.limitPages(0)
    var refused = false
    for _ in 0..<40 where !refused {
      let result = writer.run([.ask(.revealKey(key: key.id.description))])[0]
      refused = code(result) == .noSpace
      if !refused { #expect(try result.get().secret != nil) }
    }
    #expect(refused)
    #expect(try ledger.events().count { $0.data == .keyRevealed } == Int(try ledger.size() - size))
  }

  @Test func `A row that was lost, or is another's, is told to nobody`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (lost, _) = try writer.makeKey("production", ["read_only"])
    let (forged, _) = try writer.makeKey("production", ["read_only"])
    try writer.vault.begin()
    try writer.vault.destroy(owner: lost.id.description, kind: "key")
    try writer.vault.put(owner: forged.id.description, kind: "key", content: Array("planted by somebody".utf8))
    try writer.vault.destroy(owner: "production", kind: "signing.1")
    try writer.vault.commit()
    let size = try ledger.size()
    for key in [lost, forged] {
      #expect(writer.refusal(.revealKey(key: key.id.description)) == .secretUnavailable)
    }
    #expect(writer.refusal(.revealSigningSecret(environment: "production")) == .secretUnavailable)
    #expect(try ledger.size() == size)
    try writer.operate(.rotateSigningSecret(environment: "production"))
    #expect(try writer.operate(.revealSigningSecret(environment: "production")).secret != nil)
  }

  @Test func `Without the vault the ledger goes on`() throws {
    let ledger = try TestLedger()
    let key: KeyState
    do {
      let writer = try ledger.writer()
      try writer.provision("production")
      key = try writer.makeKey("production", ["read_only"]).0
    }
    try removeVault(ledger)
    let writer = try ledger.writer()
    #expect(writer.refusal(.revealKey(key: key.id.description)) == .secretUnavailable)
    #expect(writer.refusal(.revealSigningSecret(environment: "production")) == .secretUnavailable)
    #expect(writer.refusal(.endToken(user: "ada@example.com")) == .notFound)
    try writer.operate(.endToken(user: ledger.owner.description))
    let outcome = try writer.operate(.rotateKey(key: key.id.description, grace: "1h"))
    try writer.operate(.revokeKey(key: key.id.description))
    let successor = try #require(outcome.key)
    #expect(try writer.operate(.revealKey(key: successor.id.description)).secret != nil)
    #expect(try ledger.mode(of: ledger.directory.vault) == 0o600)
    #expect(try writer.sweep().orphans == 0)
  }

  @Test func `Writers that find no vault together make one`() throws {
    let ledger = try TestLedger()
    try removeVault(ledger)
    let failures = Counter()
    onThreads(8) { index in
      do {
        let writer = try Writer(ledger.directory, clock: ledger.clock, randomness: SystemRandomness())
        try writer.operate(.provisionEnvironment("env-\(index)"))
        try writer.operate(.revealSigningSecret(environment: "env-\(index)"))
      } catch {
        failures.add("\(error)")
      }
    }
    #expect(failures.all == [])
  }

  @Test func `Without the root key what must be sealed is refused and what ends is ended`() throws {
    let ledger = try TestLedger()
    let key: KeyState
    do {
      let writer = try ledger.writer()
      try writer.provision("production")
      key = try writer.makeKey("production", ["read_only"]).0
    }
    try FileManager.default.removeItem(atPath: ledger.directory.rootKeyPath)
    let writer = try ledger.writer()
    let size = try ledger.size()
    let create = Command.createKey(environment: "production", name: "n", description: "", scope: ["read_only"])
    let results = writer.run([
      .ask(create), .ask(.addUser(handle: "new@example.com", role: .member)),
      .ask(.revealKey(key: key.id.description)), .ask(.rotateSigningSecret(environment: "production")),
    ])
    for result in results {
      guard case .failure(let refusal) = result else {
        Issue.record("done without the root key")
        continue
      }
      #expect(refusal.code == .damaged)
      #expect(refusal.message.contains("There is no root key at"))
    }
    #expect(try ledger.size() == size)
    // In one batch with what cannot be done, it is done all the same.
    let mixed = writer.run([
      .ask(create), .ask(.revokeKey(key: key.id.description)), .ask(.removeUser(user: ledger.owner.description)),
      .ask(create),
    ])
    #expect(mixed.map(code) == [.damaged, nil, .lastOwner, .damaged])
    #expect(try !writer.vault.isLive(owner: key.id.description, kind: "key"))
    #expect(!FileManager.default.fileExists(atPath: ledger.directory.rootKeyPath))
  }

  @Test func `What a batch left in the vault when the log failed is destroyed by the next command`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    var isEnforced = false
    while try ledger.size() < 255 {
      try writer.operate(
        isEnforced ? .relaxClientSecurity(environment: "production") : .enforceClientSecurity(environment: "production")
      )
      isEnforced.toggle()
    }
    // The 256th event completes a tile, for which there is no room: the vault has committed by then.
    let orphan = try orphanOfFailedCommit(ledger, writer)
    #expect(try writer.vault.isLive(owner: orphan.owner, kind: orphan.kind))
    try (writer.log as? SQLiteLog)?.limitPages(nil)
    try writer.operate(.addResource(name: "next", clientReadable: false, readOnly: false))
    #expect(try !writer.vault.isLive(owner: orphan.owner, kind: orphan.kind))
    #expect(try writer.sweep().orphans == 0)
  }

  private func orphanOfFailedCommit(_ ledger: TestLedger, _ writer: Writer) throws -> VaultRow {
    let before = try writer.vault.tail(limit: 1)[0].row
    try (writer.log as? SQLiteLog)?.limitPages(0)
    let size = try ledger.size()
    #expect(
      writer.refusal(
        .createKey(environment: "production", name: "n", description: "", scope: ["read_only"])) == .noSpace)
    #expect(try ledger.size() == size)
    let newest = try writer.vault.tail(limit: 1)[0]
    try #require(newest.row > before, "the vault did not commit, so this test shows nothing")
    return newest
  }
}
