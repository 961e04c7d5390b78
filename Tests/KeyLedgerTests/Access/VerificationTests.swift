import KeyLedger
import Testing

/// `product.md` §4, every combination, against the order of reasons as it is written there.
@Suite struct VerificationTests {
  enum Life: CaseIterable, Sendable { case active, expiring, graceEnded, endedAtOnce, revoked, removed }

  /// What is asked of a key with customers:read (or everything, or all that clients read).
  static let permissions: [(text: String?, held: Set<KeyKind>)] = [
    (nil, Set(KeyKind.allCases)),
    ("customers:read", Set(KeyKind.allCases)),
    ("coupons:read", [.fullAccess, .publishable]),
    ("customers:write", [.fullAccess]),
    ("api_keys:read", [.fullAccess]),
    ("event_queue:read", [.fullAccess]),
    // Neither of these exists, so nobody holds them, full access no more than others.
    ("event_queue:write", []),
    ("invoices:read", []),
  ]

  @Test(arguments: KeyKind.allCases, Life.allCases)
  func `the first reason that applies is told`(kind: KeyKind, life: Life) throws {
    let (world, key) = VerificationTests.world(kind, life)
    for enforced in [false, true] {
      var world = world
      if enforced { world.must(.enforceClientSecurity(environment: "production")) }
      let environment = try #require(world.environments[slug("production")])
      for (text, held) in VerificationTests.permissions {
        for asked in [nil, "production", "staging", "nowhere"] {
          for evidence in CustomerEvidence.allCases {
            let request = VerificationRequest(
              permission: text.map(permission), environment: asked.map(slug), customer: evidence)
            let outcome = Verification.judge(key, in: environment, world.ledger, request, at: world.now)
            let expected = VerificationTests.oracle(
              life, isElsewhere: asked != nil && asked != "production",
              evidence: kind == .publishable && enforced ? evidence : nil, isHeld: held.contains(kind))
            #expect(outcome == expected, "\(kind) \(life) \(text ?? "-") \(asked ?? "-") \(enforced) \(evidence)")
          }
        }
      }
    }
  }

  /// The reasons in their order; `evidence` is nil where no customer token is asked for.
  static func oracle(_ life: Life, isElsewhere: Bool, evidence: CustomerEvidence?, isHeld: Bool) -> VerificationOutcome
  {
    if life == .removed { return .removed }
    if life == .revoked { return .revoked }
    if life == .graceEnded || life == .endedAtOnce { return .expired }
    if isElsewhere { return .wrongEnvironment }
    if evidence == .absent { return .customerTokenRequired }
    if evidence == .wrong { return .customerTokenInvalid }
    return isHeld ? .valid : .insufficientScope
  }

  @Test func `the outcomes are the words of the product, in their order`() {
    #expect(
      VerificationOutcome.allCases.map(\.rawValue) == [
        "malformed", "unknown", "removed", "revoked", "expired", "wrong_environment", "customer_token_required",
        "customer_token_invalid", "insufficient_scope", "valid",
      ])
  }

  @Test func `a write that was granted verifies a read`() throws {
    let world = Stage.base
    let environment = try #require(world.environments[slug("production")])
    for (text, outcome) in [
      ("customers:read", VerificationOutcome.valid), ("customers:write", .valid), ("subscriptions:read", .valid),
      ("subscriptions:write", .insufficientScope), ("coupons:read", .insufficientScope),
    ] {
      let request = VerificationRequest(permission: permission(text))
      #expect(
        Verification.judge(world.key(Stage.worker), in: environment, world.ledger, request, at: world.now) == outcome)
    }
  }

  @Test func `a key is valid to the last millisecond of its grace, and not at its end`() throws {
    var world = Stage.base
    world.must(rotate(Stage.worker, "1h"))
    let environment = try #require(world.environments[slug("production")])
    for (passed, outcome) in [(hour - 1, VerificationOutcome.valid), (hour, .expired), (hour + 1, .expired)] {
      let now = world.now.advanced(by: passed)
      #expect(
        Verification.judge(world.key(Stage.worker), in: environment, world.ledger, VerificationRequest(), at: now)
          == outcome)
    }
  }

  @Test(arguments: [Life.endedAtOnce, .revoked, .removed])
  func `a key that an event ended is not valid at any time of any clock`(life: Life) throws {
    let (world, key) = VerificationTests.world(.integration, life)
    let environment = try #require(world.environments[slug("production")])
    for time in [Int64.min, 0, dawn.milliseconds, world.now.milliseconds, Int64.max] {
      let now = Instant(milliseconds: time)
      #expect(Verification.judge(key, in: environment, world.ledger, VerificationRequest(), at: now) != .valid)
    }
  }

  /// A key of that kind at that point of its life. Where no command leads there, an event does.
  private static func world(_ kind: KeyKind, _ life: Life) -> (World, KeyState) {
    var world = Stage.base
    let number =
      switch kind {
      case .fullAccess: Stage.full
      case .publishable: Stage.publishable
      case .scoped: Stage.reader
      case .integration: Stage.salesforce
      }
    switch life {
    case .active: break
    case .expiring: world.must(rotate(number, "24h"))
    case .graceEnded:
      world.must(rotate(number, "1h"))
      world.pass(hour)
    case .endedAtOnce: world.must(rotate(number, "now"))
    case .revoked:
      world.must(rotate(number, "24h"))
      world.must(revoke(number))
    case .removed: world.append([draft(number, .keyRemoved(integration: slug("salesforce")))])
    }
    return (world, world.key(number))
  }
}
