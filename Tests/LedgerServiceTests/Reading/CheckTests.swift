import Cryptography
import KeyLedger
import Testing

@testable import LedgerService

@Suite("Checking a secret")
struct CheckTests {
  private let story: ReadingStory
  private let queries: Queries

  init() throws {
    story = try ReadingStory()
    queries = try story.ledger.queries()
  }

  private func check(
    _ name: String, _ permission: String? = nil, in environment: String? = nil,
    _ customer: (String?, String?) = (nil, nil)
  ) throws -> CheckResult {
    try queries.check(
      story.secret(name), permission: permission, environment: environment, customer: customer,
      at: queries.moment())
  }

  private func token(_ customer: String, _ environment: String) throws -> String {
    let secret = try story.secret("\(environment) signing")
    return "HMAC-SHA256 \(customer):" + secret.withBytes { HMAC.sha256(key: $0, Array(customer.utf8)).hex }
  }

  @Test("gives the first reason that applies")
  func firstReason() throws {
    // Ended comes before the wrong environment, that before the customer's token, that before the scope.
    #expect(try check("zapier", "customers:write", in: "staging").outcome == .removed)
    #expect(try check("leaked", "customers:write", in: "staging").outcome == .revoked)
    #expect(try check("billing", "coupons:write", in: "staging").outcome == .expired)
    #expect(try check("staging publishable", in: "production").outcome == .expired)
    #expect(try check("production publishable", "customers:write", in: "staging").outcome == .wrongEnvironment)
    #expect(try check("production publishable", in: "nowhere").outcome == .wrongEnvironment)
    #expect(try check("production publishable", "customers:write").outcome == .customerTokenRequired)
    #expect(try check("production publishable", "customers:write", ("a", "junk")).outcome == .customerTokenInvalid)
    let right = try token("a", "production")
    #expect(try check("production publishable", "customers:write", ("a", right)).outcome == .insufficientScope)
    #expect(try check("billing 2", "coupons:read").outcome == .insufficientScope)
    #expect(try check("billing 2", "customers:read", in: "production").outcome == .valid)
  }

  @Test("judges customer tokens with publishable keys alone, and demands them only where they are enforced")
  func customerTokens() throws {
    let (production, staging) = (try token("a", "production"), try token("a", "staging"))
    let enforced = try check("production publishable", "customers:read", ("a", production))
    #expect(enforced.outcome == .valid && enforced.customerProven == "a")
    #expect(try check("production publishable", nil, ("b", production)).outcome == .customerTokenInvalid)
    #expect(try check("production publishable", nil, (nil, production)).outcome == .customerTokenInvalid)
    #expect(try check("production publishable", nil, ("a", staging)).outcome == .customerTokenInvalid)
    #expect(try check("production publishable", nil, ("a", nil)).outcome == .customerTokenRequired)
    let relaxed = try check("staging publishable 2", nil, ("a", staging))
    #expect(relaxed.outcome == .valid && relaxed.customerProven == "a")
    for wrong in [production, "junk", ""] {
      let result = try check("staging publishable 2", nil, ("a", wrong))
      #expect(result.outcome == .valid && result.customerProven == nil)
    }
    let server = try check("production full_access", nil, ("a", production))
    #expect(server.outcome == .valid && server.customerProven == nil)
  }

  @Test("refuses where tokens are enforced and the signing secret is lost")
  func lostSigningSecret() throws {
    let production = try token("a", "production")
    try story.ledger.losingTheRootKey {
      let queries = try story.ledger.queries()
      let secret = try story.secret("production publishable")
      let result = try queries.check(secret, customer: ("a", production), at: queries.moment())
      #expect(result.outcome == .customerTokenInvalid)
      let relaxed = try queries.check(
        story.secret("staging publishable 2"), customer: ("a", production), at: queries.moment())
      #expect(relaxed.outcome == .valid && relaxed.customerProven == nil)
    }
    #expect(try check("production publishable", nil, ("a", production)).outcome == .valid)
  }

  @Test("refuses a permission that there can't be")
  func badPermission() throws {
    #expect(refusal { _ = try check("billing 2", "parrots:read") } == .unknownResource)
    #expect(refusal { _ = try check("billing 2", "event_queue:write") } == .badScope)
    #expect(refusal { _ = try check("billing 2", "customers") } == .badScope)
    #expect(refusal { _ = try check("billing 2", "customers:delete") } == .badScope)
    #expect(refusal { _ = try check("billing 2", in: "No Slug") } == .badSlug)
    let early = try queries.moment(.event(5))
    let secret = try story.secret("production full_access")
    #expect(refusal { _ = try queries.check(secret, permission: "invoices:read", at: early) } == .unknownResource)
  }

  @Test("as of the past names the event that decided")
  func decidedBy() throws {
    func decision(_ name: String, _ permission: String? = nil, in environment: String? = nil) throws -> String {
      let result = try check(name, permission, in: environment)
      let event = try #require(result.decidedBy)
      let activity = try queries.activity(of: story.key(name), chain: false, at: queries.moment())
      return "\(result.outcome.rawValue): "
        + (activity.first { $0.sequence == event.sequence }?.label ?? "\(event.stream)")
    }
    #expect(try decision("billing") == "expired: Grace period changed")
    #expect(try decision("staging publishable") == "expired: Key rotated")
    #expect(try decision("leaked") == "revoked: Key revoked")
    #expect(try decision("zapier 2") == "removed: Key removed")
    #expect(try decision("zapier") == "removed: Key removed")
    #expect(try decision("billing 2") == "valid: Key created")
    #expect(try decision("billing 2", "coupons:read") == "insufficient_scope: Key created")
    #expect(try decision("billing 2", in: "staging") == "wrong_environment: Key created")
    #expect(try decision("production publishable") == "customer_token_required: environments/production")
    #expect(try decision("staging full_access", "invoices:read") == "valid: ledger")
    #expect(try decision("staging full_access", "coupons:read") == "valid: Key created")
  }

  @Test("knows whose a secret is, also of a key that has ended")
  func whose() throws {
    for (name, id) in story.keys {
      #expect(try queries.whose(story.secret(name), at: queries.moment())?.id == id)
    }
    let early = try queries.moment(.event(4))
    #expect(try queries.whose(story.secret("billing"), at: early) == nil)
    #expect(try queries.check(story.secret("billing"), at: early).outcome == .unknown)
  }
}

@Suite("A secret that is not in the ledger")
struct UnknownSecretTests {
  @Test(
    "tells a malformed secret from an unknown one",
    arguments: [
      ("", VerificationOutcome.malformed), (String(repeating: "x", count: 512), .unknown),
      (String(repeating: "x", count: 513), .malformed), ("nonsense", .unknown), ("server-short", .unknown),
      ("server-" + String(repeating: "0", count: 36), .malformed),
      ("client-" + String(repeating: "z", count: 36), .malformed),
    ])
  func malformed(text: String, outcome: VerificationOutcome) throws {
    let ledger = try ReadingLedger(owner: nil)
    defer { withExtendedLifetime(ledger) {} }
    let queries = try ledger.queries()
    let result = try queries.check(SecretBytes(text), at: queries.moment())
    #expect(result.outcome == outcome)
    #expect(result.key == nil && result.decidedBy == nil)
  }

  @Test("knows a good check sum of a secret that was never issued")
  func unknown() throws {
    let ledger = try ReadingLedger(owner: nil)
    defer { withExtendedLifetime(ledger) {} }
    let queries = try ledger.queries()
    let never = SecretForm.generate(prefix: "server", from: SeededRandomness(99))
    #expect(try queries.check(never, at: queries.moment()).outcome == .unknown)
    #expect(try queries.whose(never, at: queries.moment()) == nil)
  }
}
