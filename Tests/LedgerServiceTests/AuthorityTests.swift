import Cryptography
import EventLog
import KeyLedger
import Testing

@testable import LedgerService

/// Nobody acts after their end: who may is judged at the head, inside the lock, also within one batch.
@Suite struct AuthorityTests {
  private let create = Command.createKey(environment: "production", name: "late", description: "", scope: ["read_only"])

  @Test(arguments: [true, false])
  func `An owner who was removed creates no key in the same batch`(removedFirst: Bool) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    try writer.operate(.addUser(handle: "second@example.com", role: .owner))
    let remove = Request(.removeUser(user: ledger.owner.description), by: .operator(TestLedger.root))
    let creation = Request(create, by: ledger.asOwner)
    let results = writer.run(removedFirst ? [remove, creation] : [creation, remove])
    #expect(results.map(code) == (removedFirst ? [nil, .forbidden] : [nil, nil]))
  }

  @Test(arguments: [true, false])
  func `A revoked key creates no key in the same batch`(revokedFirst: Bool) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    let (key, _) = try writer.makeKey("production", ["read_only", "api_keys_write"])
    let revoke = Request(.revokeKey(key: key.id.description), by: .operator(TestLedger.root))
    let creation = Request(create, by: .key(key.environment, key.id))
    let results = writer.run(revokedFirst ? [revoke, creation] : [creation, revoke])
    #expect(results.map(code) == (revokedFirst ? [nil, .forbidden] : [nil, nil]))
  }

  @Test(arguments: [true, false])
  func `A narrowed key does not grant its old right in the same batch`(narrowedFirst: Bool) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    let (key, _) = try writer.makeKey("production", ["customers_write", "api_keys_write"])
    let narrow = Request(
      .changeScope(key: key.id.description, scope: ["api_keys_write"]), by: .operator(TestLedger.root))
    let grant = Request(
      .createKey(environment: "production", name: "late", description: "", scope: ["customers_write"]),
      by: .key(key.environment, key.id))
    let results = writer.run(narrowedFirst ? [narrow, grant] : [grant, narrow])
    #expect(results.map(code) == (narrowedFirst ? [nil, .escalation] : [nil, nil]))
  }

  @Test func `Another writer's change counts at once`() throws {
    let ledger = try TestLedger()
    let (here, there) = (try ledger.writer(), try ledger.writer())
    try here.operate(.provisionEnvironment("production"))
    try here.operate(.addUser(handle: "second@example.com", role: .owner))
    let (key, _) = try here.makeKey("production", ["customers_write", "api_keys_write"])
    let byKey = Credential.key(key.environment, key.id)
    let grant = Command.createKey(
      environment: "production", name: "late", description: "", scope: ["customers_write"])

    #expect(code(there.run([Request(grant, by: byKey)])[0]) == nil)
    try here.operate(.changeScope(key: key.id.description, scope: ["api_keys_write"]))
    #expect(code(there.run([Request(grant, by: byKey)])[0]) == .escalation)
    try here.operate(.revokeKey(key: key.id.description))
    #expect(code(there.run([Request(grant, by: byKey)])[0]) == .forbidden)
    #expect(code(there.run([Request(create, by: ledger.asOwner)])[0]) == nil)
    try here.operate(.removeUser(user: ledger.owner.description))
    #expect(code(there.run([Request(create, by: ledger.asOwner)])[0]) == .forbidden)
  }

  @Test func `A refused command takes nothing from its neighbours`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let results = writer.run([
      Request(.provisionEnvironment("production"), by: .operator(TestLedger.root)),
      Request(.provisionEnvironment("production"), by: .operator(TestLedger.root)),
      Request(.provisionEnvironment("Not a slug"), by: .operator(TestLedger.root)),
      Request(create, by: .operator(TestLedger.root)),
    ])
    #expect(results.map(code) == [nil, .alreadyExists, .badSlug, nil])
    let size = try ledger.log().read { try $0.head().size }
    #expect(size == 2 + 3 + 1)
  }

  @Test func `A token that another user issued only renews itself`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"))
    let added = try writer.one(Request(.addUser(handle: "bob", role: .owner), by: ledger.asOwner))
    guard case .user(let bob) = added.answer, let token = added.secret else {
      Issue.record("no user in the answer")
      return
    }
    let first = Credential.user(bob.id, token: token.withBytes(SecretForm.fingerprint))
    #expect(code(writer.run([Request(create, by: first)])[0]) == .tokenMustBeRenewed)
    let renewed = try writer.one(Request(.renewToken(user: bob.id.description), by: first))
    #expect(code(writer.run([Request(create, by: first)])[0]) == .forbidden)
    guard let second = renewed.secret else {
      Issue.record("no token in the answer")
      return
    }
    let credential = Credential.user(bob.id, token: second.withBytes(SecretForm.fingerprint))
    #expect(code(writer.run([Request(create, by: credential)])[0]) == nil)
  }
}
