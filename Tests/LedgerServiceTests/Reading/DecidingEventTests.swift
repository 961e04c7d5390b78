import Cryptography
import EventLog
import KeyLedger
import Testing

@testable import LedgerService

/// One key after the other through everything that can decide about it, asked as of the past.
@Suite("The event that decided what a check says of the past")
struct DecidingEventTests {
  private let ledger: ReadingLedger
  private let full: (key: KeyState, secret: SecretBytes)
  private let publishable: (key: KeyState, secret: SecretBytes)

  init() throws {
    ledger = try ReadingLedger()
    let made = try ledger.run(.provisionEnvironment("production"))
    let (server, client) = (try made.keyOf(.fullAccess), try made.keyOf(.publishable))
    full = (server, try made.secret(of: server))
    publishable = (client, try made.secret(of: client))
  }

  private func scoped(_ scope: String...) throws -> (id: String, secret: SecretBytes) {
    let made = try ledger.run(.createKey(environment: "production", name: "job", description: "", scope: scope))
    return (try made.onlyKey.id.description, try made.secret(of: made.onlyKey))
  }

  /// The outcome as of the log's last event, and how far back the deciding event lies: 0 is that last event itself.
  private func asked(
    _ secret: SecretBytes, _ permission: String? = nil, in environment: String? = nil,
    customer: (String?, String?) = (nil, nil)
  ) throws -> String {
    let queries = try ledger.queries()
    let moment = try queries.moment(.event(queries.moment().sequence))
    let result = try queries.check(
      secret, permission: permission, environment: environment, customer: customer, at: moment)
    let replayed = try ledger.queries(.replay)
    let again = try replayed.check(
      secret, permission: permission, environment: environment, customer: customer, at: moment)
    #expect(result == again)
    guard let event = result.decidedBy else { return "\(result.outcome.rawValue): nothing" }
    return "\(result.outcome.rawValue): \(RecordCodec.type(of: event.data)), \(moment.sequence - event.sequence) ago"
  }

  @Test("is the one that made, rotated, prolonged or ended the key")
  func life() throws {
    let (id, secret) = try scoped("customers:read")
    #expect(try asked(secret) == "valid: key.created, 0 ago")
    try ledger.run(.renameKey(key: id, name: "other", description: nil))
    try ledger.run(.changeScope(key: id, scope: ["coupons:read"]))
    try ledger.run(.revealKey(key: id))
    #expect(try asked(secret) == "valid: key.created, 3 ago")
    try ledger.run(.rotateKey(key: id, grace: "1h"))
    #expect(try asked(secret) == "valid: key.rotated, 1 ago")
    try ledger.run(.changeGrace(key: id, grace: "24h"))
    #expect(try asked(secret) == "valid: grace.changed, 0 ago")
    ledger.clock.advance(25 * 3_600_000)
    try ledger.run(.changePlan(.starter))
    #expect(try asked(secret) == "expired: grace.changed, 1 ago")
    try ledger.run(.changePlan(.scale))
    let (second, other) = try scoped("customers:read")
    try ledger.run(.rotateKey(key: second, grace: "now"))
    #expect(try asked(other) == "expired: key.rotated, 1 ago")
    let (third, another) = try scoped("customers:read")
    try ledger.run(.rotateKey(key: third, grace: "7d"))
    try ledger.run(.revokeKey(key: third))
    #expect(try asked(another) == "revoked: key.revoked, 0 ago")
  }

  @Test("is the removal of an integration's key, unless it had ended before")
  func removal() throws {
    let made = try ledger.run(.connectIntegration(name: "crm", environment: "production", scope: ["customers:read"]))
    let (key, secret) = (try made.onlyKey, try made.secret(of: made.onlyKey))
    let rotated = try ledger.run(.rotateKey(key: key.id.description, grace: "now"))
    let successor = try rotated.secret(of: rotated.onlyKey)
    try ledger.run(.disconnectIntegration(name: "crm", environment: "production"))
    #expect(try asked(successor) == "removed: key.removed, 0 ago")
    #expect(try asked(secret) == "expired: key.rotated, 4 ago")
  }

  @Test("is the one that gave or took the permission asked for")
  func scope() throws {
    let (id, secret) = try scoped("customers:read")
    #expect(try asked(secret, "coupons:read") == "insufficient_scope: key.created, 0 ago")
    try ledger.run(.changeScope(key: id, scope: ["coupons:write"]))
    #expect(try asked(secret, "coupons:read") == "valid: scope.updated, 0 ago")
    #expect(try asked(secret, "customers:read") == "insufficient_scope: scope.updated, 0 ago")
    try ledger.run(.addResource(name: "invoices", clientReadable: false, readOnly: false))
    #expect(try asked(full.secret, "invoices:write") == "valid: resource.added, 0 ago")
    #expect(try asked(publishable.secret, "invoices:read") == "insufficient_scope: resource.added, 0 ago")
    #expect(try asked(publishable.secret, "customers:write") == "insufficient_scope: key.created, 3 ago")
    try ledger.run(.addResource(name: "quotes", clientReadable: true, readOnly: false))
    #expect(try asked(publishable.secret, "quotes:read") == "valid: resource.added, 0 ago")
    #expect(try asked(full.secret, "customers:read") == "valid: key.created, 5 ago")
    // A key that was made after the resource inherited it by being made.
    let made = try ledger.run(.provisionEnvironment("later"))
    let later = try made.secret(of: made.keyOf(.fullAccess))
    #expect(try asked(later, "invoices:write") == "valid: key.created, 1 ago")
  }

  @Test("is the beginning of a key that is asked about in another environment, or of one that was migrated")
  func beginning() throws {
    #expect(try asked(full.secret, in: "staging") == "wrong_environment: key.created, 1 ago")
    let token = Array("9f8q-Zk2w-LmX7-Tr5u-Vb3n".utf8)
    let server = SecretForm.legacyToken(token)
    try ledger.run(.migrateEnvironment("old", client: nil, server: server, allowWeak: true))
    #expect(try asked(SecretBytes("9f8q-Zk2w-LmX7-Tr5u-Vb3n")).hasPrefix("valid: key.migrated"))
  }

  @Test("is the one that enforced or relaxed client-side security, or changed its secret")
  func clientSecurity() throws {
    let secret = publishable.secret
    #expect(try asked(secret) == "valid: key.created, 0 ago")
    try ledger.run(.enforceClientSecurity(environment: "production"))
    #expect(try asked(secret) == "customer_token_required: client_security.enforced, 0 ago")
    #expect(try asked(secret, customer: ("a", "junk")) == "customer_token_invalid: client_security.enforced, 0 ago")
    #expect(try asked(full.secret) == "valid: key.created, 2 ago")
    try ledger.run(.rotateSigningSecret(environment: "production"))
    let stale = "customer_token_invalid: client_security.secret_rotated, 0 ago"
    #expect(try asked(secret, customer: ("a", "junk")) == stale)
    let signing = try #require(try ledger.run(.revealSigningSecret(environment: "production")).secret)
    let token = "HMAC-SHA256 a:" + signing.withBytes { HMAC.sha256(key: $0, Array("a".utf8)).hex }
    #expect(try asked(secret, customer: ("a", token)) == "valid: client_security.secret_rotated, 1 ago")
    try ledger.run(.relaxClientSecurity(environment: "production"))
    #expect(try asked(secret) == "valid: client_security.relaxed, 0 ago")
  }

  @Test("is none for a secret that no event speaks of, or spoke of by then")
  func nothing() throws {
    #expect(try asked(SecretBytes("never seen")) == "unknown: nothing")
    #expect(try asked(SecretBytes("")) == "malformed: nothing")
    let (_, secret) = try scoped("customers:read")
    let queries = try ledger.queries()
    let before = try queries.moment(.event(queries.moment().sequence - 1))
    #expect(try queries.check(secret, at: before).outcome == .unknown)
    #expect(try queries.check(secret, at: before).decidedBy == nil)
    #expect(try queries.whose(secret, at: before) == nil)
    #expect(try queries.whose(secret, at: queries.moment(.event(before.sequence + 1)))?.name == "job")
  }
}
