import Cryptography
import KeyLedger
import LedgerService
import SQLite
import Testing

/// Rows that nobody but a thief writes, in views whose position is right: nothing sees them, and no door opens.
@Suite("A row forged in the views")
struct ForgeryTests {
  private let story: ReadingStory
  private let stolen = SecretBytes("thief-secret-of-no-key-at-all")

  init() throws {
    story = try ReadingStory()
    // Brought to the head, so that nothing is written over what is forged.
    let queries = try story.ledger.queries()
    _ = try queries.keys(KeyFilter(), at: queries.moment())
  }

  private func forge(_ sql: String) throws {
    let connection = try Connection(
      path: story.ledger.file("views.sqlite"), mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    defer { connection.close() }
    try connection.execute(sql)
    #expect(connection.changes > 0, "the forgery changed nothing")
  }

  private func expectNoDoor(_ secret: SecretBytes, _ outcome: VerificationOutcome) throws {
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    #expect(try queries.check(secret, at: now).outcome == outcome)
    #expect(try queries.check(secret, at: queries.moment(.event(now.sequence))).outcome == outcome)
    let gate = try Gatekeeper(story.ledger.directory, clock: story.ledger.clock)
    #expect(try gate.answer(GateQuestion(secret)).outcome == outcome)
  }

  private func hex(_ secret: SecretBytes) -> String { secret.withBytes { SHA256.hash($0).hex } }

  @Test("that puts another fingerprint on a good key lets nobody in by it")
  func forgedFingerprint() throws {
    let billing = try story.key("billing 2")
    try forge("UPDATE keys SET fingerprint = X'\(hex(stolen))' WHERE key = '\(billing)'")
    try expectNoDoor(stolen, .unknown)
    let queries = try story.ledger.queries()
    #expect(try queries.whose(stolen, at: queries.moment()) == nil)
    // The one way that it has is to hide the true one, which refuses.
    #expect(try queries.check(story.secret("billing 2"), at: queries.moment()).outcome == .unknown)
    let truth = try story.ledger.queries(.replay)
    #expect(try truth.check(story.secret("billing 2"), at: truth.moment()).outcome == .valid)
  }

  @Test("that makes a revoked or expired key live again does not")
  func forgedLife() throws {
    try forge(
      "UPDATE keys SET expires_at = NULL, ended_because = NULL, ended_at_once = 0, removed = 0")
    try expectNoDoor(try story.secret("leaked"), .revoked)
    try expectNoDoor(try story.secret("billing"), .expired)
    try expectNoDoor(try story.secret("zapier"), .removed)
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    // The forgery stands: a list, which lets nobody in, is answered from it.
    #expect(try queries.keys(KeyFilter(), at: now).allSatisfy { $0.status(at: now.time) == .active })
    #expect(try queries.key(story.key("leaked"), at: now).status(at: now.time) == .expired(.revoked))
    let whose = try #require(try queries.whose(story.secret("leaked"), at: now))
    #expect(whose.status(at: now.time) == .expired(.revoked))
  }

  @Test("that widens a scope does not")
  func forgedScope() throws {
    try forge("UPDATE keys SET scope = '[\"*\"]', kind = 'full_access'")
    let queries = try story.ledger.queries()
    let result = try queries.check(story.secret("billing 2"), permission: "coupons:write", at: queries.moment())
    #expect(result.outcome == .insufficientScope)
    #expect(result.key?.kind == .scoped)
  }

  @Test("that moves a key to another environment finds nothing there")
  func forgedEnvironment() throws {
    let billing = try story.key("billing 2")
    try forge("UPDATE keys SET environment = 'staging' WHERE key = '\(billing)'")
    let queries = try story.ledger.queries()
    let secret = try story.secret("billing 2")
    #expect(try queries.check(secret, environment: "staging", at: queries.moment()).outcome == .unknown)
  }

  @Test("for a key that never was is no key")
  func forgedKey() throws {
    let billing = try story.key("billing 2")
    let invented = "key_01K00000000000000000000000"
    try forge(
      """
      CREATE TEMP TABLE copy AS SELECT * FROM keys WHERE key = '\(billing)';
      UPDATE copy SET key = '\(invented)', fingerprint = X'\(hex(stolen))', last_event = 100000,
        first_event = 100000;
      INSERT INTO keys SELECT * FROM copy
      """)
    try expectNoDoor(stolen, .unknown)
    let queries = try story.ledger.queries()
    #expect(refusal { _ = try queries.key(invented, at: queries.moment()) } == .notFound)
  }
}
