import Cryptography
import EventLog
import Formats
import Foundation
import KeyLedger
import SQLite
import Testing

@testable import LedgerService
@testable import Vault

/// What has ended is in no file any more, and no secret ever is in the ledger or the views.
@Suite struct ShreddingTests {
  /// Salt and sealed bytes of a row as they stand in the vault now.
  private func sealed(_ writer: Writer, _ owner: String, _ kind: String) throws -> [[UInt8]] {
    let row = writer.vault.connection
    let statement = try row.prepare("SELECT salt, sealed FROM secrets WHERE owner = ? AND kind = ?")
    try statement.bind(.text(owner), .text(kind))
    defer { statement.reset() }
    guard try statement.step() else { return [] }
    return [statement.blob(0), statement.blob(1)]
  }

  @Test func `A revoked key's secret, salt and sealed bytes are in no file`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    let (key, secret) = try writer.makeKey("production", ["read_only"])
    let row = try sealed(writer, key.id.description, "key")
    #expect(row.count == 2)
    for bytes in row { #expect(try !ledger.files(holding: bytes).isEmpty) }
    let outcome = try writer.operate(.revokeKey(key: key.id.description))
    #expect(!outcome.shredPending)
    for bytes in row { #expect(try ledger.files(holding: bytes) == []) }
    #expect(try secret.withBytes { try ledger.files(holding: $0) } == [])
  }

  @Test func `A grace that passed is shredded by the next changing command`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    let (key, _) = try writer.makeKey("production", ["read_only"])
    let row = try sealed(writer, key.id.description, "key")
    try writer.operate(.rotateKey(key: key.id.description, grace: "1h"))
    ledger.clock.advance(3_599_000)
    try writer.operate(.provisionEnvironment("staging"))
    #expect(try writer.operate(.revealKey(key: key.id.description)).secret != nil)
    ledger.clock.advance(1_000)
    try writer.operate(.provisionEnvironment("testing"))
    for bytes in row { #expect(try ledger.files(holding: bytes) == []) }
  }

  @Test func `A forgotten user's handle and salt are in no file`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let handle = "somebody.in.particular@example.com"
    let added = try writer.operate(.addUser(handle: handle, role: .member))
    guard case .user(let user) = added.answer else {
      Issue.record("no user in the answer")
      return
    }
    let row = try sealed(writer, user.id.description, "handle")
    let content = try writer.vault.open(owner: user.id.description, kind: "handle")
    let salt = try #require(content?.withBytes { Array($0.prefix(32)) })
    try writer.operate(.removeUser(user: handle))
    #expect(
      code(writer.run([Request(.addUser(handle: handle, role: .member), by: .operator(TestLedger.root))])[0])
        == .handleInUse)
    try writer.operate(.forgetUser(user: handle))
    for bytes in row + [salt, Array(handle.utf8)] { #expect(try ledger.files(holding: bytes) == []) }
    try writer.operate(.addUser(handle: handle, role: .member))
  }

  @Test func `A rotated signing secret is shredded`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    let row = try sealed(writer, "production", "signing.1")
    try writer.operate(.rotateSigningSecret(environment: "production"))
    for bytes in row { #expect(try ledger.files(holding: bytes) == []) }
    #expect(try writer.operate(.revealSigningSecret(environment: "production")).secret?.count == 64)
  }

  @Test func `No secret, token or handle is ever in a file`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let provisioned = try writer.operate(.provisionEnvironment("production"), key: "once")
    let (_, scoped) = try writer.makeKey("production", ["read_only"])
    let added = try writer.operate(.addUser(handle: "planted@example.com", role: .member))
    let signing = try writer.operate(.revealSigningSecret(environment: "production")).secret
    let legacy = SecretBytes(Array("legacy-Gk3vQ9zX7mB2tR5wY8pL".utf8))
    var migration = Request(
      .migrateEnvironment(
        "old", client: nil, server: legacy.withBytes(SecretForm.legacyToken), allowWeak: false),
      by: .operator(TestLedger.root))
    migration.legacySecrets = LegacySecrets(server: legacy)
    try writer.one(migration)
    let planted = Array(provisioned.secrets.values) + [scoped, legacy] + [added.secret, signing].compactMap { $0 }
    #expect(planted.count == 6)
    for secret in planted { #expect(try secret.withBytes { try ledger.files(holding: $0) } == []) }
    #expect(try ledger.files(holding: Array("planted@example.com".utf8)) == [])
  }

  @Test func `An orphan of a crash is destroyed by the next writer`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    let orphan = KeyID(time: ledger.clock.now(), randomness: 7).description
    try writer.vault.begin()
    try writer.vault.put(owner: orphan, kind: "key", content: Array("never acknowledged".utf8))
    try writer.vault.commit()
    let next = try ledger.writer()
    try next.operate(.provisionEnvironment("staging"))
    #expect(try !next.vault.isLive(owner: orphan, kind: "key"))
  }

  @Test func `An orphan that others have committed behind is destroyed by the next writer`() throws {
    let ledger = try TestLedger()
    let (dead, alive) = (try ledger.writer(), try ledger.writer())
    try alive.operate(.provisionEnvironment("production"))
    let orphan = KeyID(time: ledger.clock.now(), randomness: 7).description
    try dead.vault.begin()
    try dead.vault.put(owner: orphan, kind: "key", content: Array("never acknowledged".utf8))
    try dead.vault.commit()
    _ = try alive.makeKey("production", ["read_only"])
    let next = try ledger.writer()
    try next.operate(.provisionEnvironment("staging"))
    #expect(try !next.vault.isLive(owner: orphan, kind: "key"))
  }

  @Test func `No root key is made for a vault that is only damaged`() throws {
    let ledger = try TestLedger()
    let key = ledger.directory.rootKeyPath
    try FileManager.default.moveItem(atPath: key, toPath: key + ".away")
    try Data("no vault".utf8).write(to: URL(fileURLWithPath: ledger.directory.vault))
    #expect(throws: Refusal.self) { try LedgerService(ledger.directory, clock: ledger.clock) }
    #expect(!FileManager.default.fileExists(atPath: key))
  }

  @Test func `A sweep destroys what the log does not know and keeps the rest`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    try writer.vault.begin()
    try writer.vault.put(owner: "production", kind: "signing.2", content: Array(repeating: 48, count: 64))
    try writer.vault.commit()
    let (key, _) = try writer.makeKey("production", ["read_only"])
    let report = try writer.sweep()
    #expect(report.orphans == 1)
    #expect(report.live == 1 + 3 + 1)
    #expect(try writer.operate(.revealKey(key: key.id.description)).secret != nil)
    // The orphan's place is taken by the real successor.
    try writer.operate(.rotateSigningSecret(environment: "production"))
    #expect(try writer.operate(.revealSigningSecret(environment: "production")).secret != nil)
  }
}
