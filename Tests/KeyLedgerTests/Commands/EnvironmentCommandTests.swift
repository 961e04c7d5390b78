import KeyLedger
import SeededRandom
import Testing

/// Environments, integrations and client-side security: what is appended, and what is refused.
@Suite struct EnvironmentCommandTests {
  private static let connected = "salesforce"

  static let refusals: [Refused] = [
    Refused("an environment twice", .alreadyExists, .provisionEnvironment("production")),
    Refused("no slug", .badSlug, .provisionEnvironment("Production")),
    Refused("an empty slug", .badSlug, .provisionEnvironment("")),
    Refused("connect in no such environment", .notFound, connect("x", in: "nowhere")),
    Refused("connect what is no slug", .badSlug, connect("Sales force")),
    Refused("connect with no scope", .badScope, connect("x", scope: [])),
    Refused("connect with full access", .fullAccessReserved, connect("x", scope: ["full_access"])),
    Refused("connect with an unknown resource", .unknownResource, connect("x", scope: ["invoices:read"])),
    Refused("connect with a read-only resource's write", .badScope, connect("x", scope: ["event_queue:write"])),
    Refused("connect twice", .alreadyConnected, connect(connected)),
    Refused("connect twice with another scope", .alreadyConnected, connect(connected, scope: ["coupons:read"])),
    Refused("disconnect in no such environment", .notFound, disconnect(connected, in: "nowhere")),
    Refused("disconnect what is not connected", .notConnected, disconnect("zendesk")),
    Refused("disconnect what is connected elsewhere", .notConnected, disconnect(connected, in: "staging")),
    Refused("disconnect twice", .notConnected, disconnect(connected)) { $0.must(disconnect(connected)) },
    Refused("enforce in no such environment", .notFound, .enforceClientSecurity(environment: "nowhere")),
    Refused("relax in no such environment", .notFound, .relaxClientSecurity(environment: "nowhere")),
    Refused("rotate no such signing secret", .notFound, .rotateSigningSecret(environment: "nowhere")),
    Refused("reveal no such signing secret", .notFound, .revealSigningSecret(environment: "nowhere")),
    Refused("reveal a lost signing secret", .secretUnavailable, .revealSigningSecret(environment: "production")) {
      $0.vaultIsEmpty = true
    },
  ]

  static let allowed: [Allowed] = [
    Allowed("provision", .provisionEnvironment("test"), by: .user(Stage.ada)) { world in
      let readable = world.ledger.clientReadableScope
      return [
        Draft(
          .environment(slug("test")), .user(userID(Stage.ada)),
          .environmentProvisioned(SigningSecret(generation: 1, sha256: world.freshSigning))),
        made(.fullAccess, "Full access key", .everything, world.freshKey()),
        made(.publishable, "Publishable key", readable, world.freshKey(1)),
      ]
    },
    Allowed("connect", connect("zendesk", scope: ["read_only", "customers_write"])) { world in
      let granted = scope("api_keys:read", "coupons:read", "customers:write", "event_queue:read", "subscriptions:read")
      return connection("zendesk", granted, world.freshKey())
    },
    Allowed("connect on the plan starter", connect("zendesk")) {
      $0.must(.changePlan(.starter))
    } appends: { world in
      connection("zendesk", scope("customers:read"), world.freshKey())
    },
    Allowed("connect again", connect(connected, scope: ["coupons:read"])) {
      $0.must(disconnect(connected))
    } appends: {
      world in
      connection(connected, scope("coupons:read"), world.freshKey())
    },
    Allowed("disconnect", disconnect(connected)) { _ in
      [disconnected(connected), removed(Stage.salesforce)]
    },
    Allowed("disconnect while a predecessor is expiring", disconnect(connected)) {
      $0.must(rotate(Stage.salesforce, "7d"))
    } appends: { _ in
      [disconnected(connected), removed(Stage.salesforce), removed(Stage.next)]
    },
    Allowed("disconnect after a predecessor's grace, and after a revocation", disconnect(connected)) {
      $0.must(rotate(Stage.salesforce, "1h"))
      $0.pass(2 * hour)
      $0.must(rotate(Stage.next, "1h"))
      $0.must(revoke(Stage.next))
    } appends: { _ in
      [disconnected(connected), removed(Stage.salesforce), removed(Stage.next), removed(Stage.next + 1)]
    },
    Allowed("disconnect what was connected again", disconnect(connected)) {
      $0.must(disconnect(connected))
      $0.must(connect(connected))
    } appends: { _ in
      [disconnected(connected), removed(Stage.next)]
    },
    Allowed("enforce", .enforceClientSecurity(environment: "production")) { _ in [secured(.clientSecurityEnforced)] },
    Allowed("enforce what is enforced", .enforceClientSecurity(environment: "production")) {
      $0.must(.enforceClientSecurity(environment: "production"))
    } appends: { _ in
      []
    },
    Allowed("relax what is relaxed", .relaxClientSecurity(environment: "production")) { _ in [] },
    Allowed("relax", .relaxClientSecurity(environment: "production")) {
      $0.must(.enforceClientSecurity(environment: "production"))
    } appends: { _ in
      [secured(.clientSecurityRelaxed)]
    },
    Allowed("rotate the signing secret", .rotateSigningSecret(environment: "production")) { world in
      [secured(.clientSecuritySecretRotated(SigningSecret(generation: 2, sha256: world.freshSigning)))]
    },
    Allowed("rotate it once more", .rotateSigningSecret(environment: "production")) {
      $0.must(.rotateSigningSecret(environment: "production"))
    } appends: { world in
      [secured(.clientSecuritySecretRotated(SigningSecret(generation: 3, sha256: world.freshSigning)))]
    },
    Allowed("rotate a lost signing secret", .rotateSigningSecret(environment: "production")) {
      $0.vaultIsEmpty = true
    } appends: { world in
      [secured(.clientSecuritySecretRotated(SigningSecret(generation: 2, sha256: world.freshSigning)))]
    },
    Allowed("reveal the signing secret", .revealSigningSecret(environment: "production")) { _ in
      [secured(.clientSecuritySecretRevealed)]
    },
  ]

  @Test(arguments: refusals) func `a command about an environment is refused, appends nothing and says why`(
    row: Refused
  ) { row.check() }

  @Test(arguments: allowed) func `a command about an environment appends exactly its events`(row: Allowed) {
    row.check()
  }

  @Test func `a disconnected integration's keys are removed, and end for the first reason that came true`() {
    var world = Stage.base
    world.must(rotate(Stage.salesforce, "1h"))
    world.pass(2 * hour)
    world.must(disconnect("salesforce"))
    #expect(world.key(Stage.salesforce).status(at: world.now) == .expired(.graceEnded))
    #expect(world.key(Stage.next).status(at: world.now) == .expired(.removed))
    #expect(world.key(Stage.salesforce).removed && world.key(Stage.next).removed)
    #expect(!world.key(Stage.hubspot).removed)
    #expect(world.environments[slug("production")]?.integrations[slug("salesforce")]?.isConnected == false)
  }

  @Test func `an environment always has one active key of each default kind`() {
    var world = Stage.base
    var random = SplitMix64(7)
    for _ in 0..<400 {
      let key = world.keysInOrder.randomElement(using: &random)?.id.description ?? ""
      let grace = Grace.allCases.randomElement(using: &random)?.rawValue ?? ""
      let commands: [Command] = [
        .rotateKey(key: key, grace: grace), .changeGrace(key: key, grace: grace), .revokeKey(key: key),
        .disconnectIntegration(name: "salesforce", environment: "production"),
      ]
      // Most are refused: that is the point.
      if let command = commands.randomElement(using: &random) { _ = try? world.run(command) }
      world.pass(Int64.random(in: 0...(2 * day), using: &random))
      for environment in ["production", "staging"].map(slug) {
        for kind in [KeyKind.fullAccess, .publishable] {
          let active = world.keys.values.filter {
            $0.environment == environment && $0.kind == kind && $0.status(at: world.now) == .active
          }
          #expect(active.count == 1)
        }
      }
    }
  }

  private static func connect(
    _ name: String, in environment: String = "production", scope: [String] = ["customers:read"]
  )
    -> Command
  { .connectIntegration(name: name, environment: environment, scope: scope) }

  private static func disconnect(_ name: String, in environment: String = "production") -> Command {
    .disconnectIntegration(name: name, environment: environment)
  }

  private func disconnect(_ name: String) -> Command { EnvironmentCommandTests.disconnect(name) }

  private static func secured(_ data: EventData) -> Draft { Draft(.environment(slug("production")), .ops, data) }
  private static func disconnected(_ name: String) -> Draft {
    secured(.integrationDisconnected(integration: slug(name)))
  }
  private static func removed(_ key: Int) -> Draft { draft(key, .keyRemoved(integration: slug(connected))) }

  private static func made(_ kind: KeyKind, _ name: String, _ scope: Scope, _ new: NewKey) -> Draft {
    let record = KeyRecord(
      kind: kind, name: name, description: "", scope: scope, fingerprint: new.fingerprint, masked: new.masked)
    return Draft(.key(slug("test"), new.id), .system, .keyCreated(record))
  }

  private static func connection(_ name: String, _ scope: Scope, _ new: NewKey) -> [Draft] {
    let record = KeyRecord(
      kind: .integration, name: name, description: "", scope: scope, fingerprint: new.fingerprint, masked: new.masked,
      integration: slug(name))
    return [
      secured(.integrationConnected(integration: slug(name), scope: scope, key: new.id)),
      Draft(.key(slug("production"), new.id), .system, .keyCreated(record)),
    ]
  }
}
