import KeyLedger
import Testing

/// Situations with two faults each: the one that is judged first is the one that is told. Target, plan, fields,
/// escalation, state, and last of all that nothing would change.
@Suite struct JudgementOrderTests {
  private static let starter: @Sendable (inout World) -> Void = { $0.must(.changePlan(.starter)) }
  private static let absent = 999

  static let rows: [Refused] = [
    // Who may, before everything else.
    Refused("a member, no such key", .forbidden, revoke(absent), by: .user(Stage.bob)),
    Refused("a member, bad fields", .forbidden, Stage.create("", "nonsense"), by: .user(Stage.bob)),
    Refused("a key, an environment that exists", .forbidden, .provisionEnvironment("production"), by: .key(Stage.full)),
    Refused("a key, no such environment", .forbidden, .enforceClientSecurity(environment: "no"), by: .key(Stage.full)),
    Refused("a key, no such integration", .forbidden, disconnect, by: .key(Stage.manager)),
    Refused("a key without api_keys, no such key", .forbidden, rotate(absent), by: .key(Stage.worker)),
    Refused("a key of another environment reveals", .forbidden, reveal(Stage.stagingReader), by: .key(Stage.full)),
    // The target before the plan and the fields.
    Refused("no environment, plan", .notFound, create(in: "nowhere"), given: starter),
    Refused("no environment, bad name", .notFound, create(in: "nowhere", name: "")),
    Refused("another environment, plan", .notFound, create(in: "staging"), by: .key(Stage.full), given: starter),
    Refused("no key, bad grace", .notFound, rotate(absent, "2h")),
    Refused("no key, bad grace to change to", .notFound, changeGrace(absent, "2h")),
    Refused("no key, bad name", .notFound, rename(absent, to: "")),
    Refused("no key, bad scope", .notFound, changeScope(absent)),
    Refused("another environment's key, bad grace", .notFound, rotate(Stage.stagingFull, "2h"), by: .key(Stage.full)),
    Refused("no environment, no integration", .notFound, connect("", in: "nowhere", [])),
    // The plan before the fields.
    Refused("plan, bad name", .planRequired, Stage.create("", "customers:read"), given: starter),
    Refused("plan, no scope", .planRequired, Stage.create("x"), given: starter),
    Refused(
      "plan, escalation", .planRequired, Stage.create("x", "coupons:read"), by: .key(Stage.manager), given: starter),
    // The fields before escalation.
    Refused("bad name, escalation", .badName, Stage.create("", "coupons:read"), by: .key(Stage.manager)),
    Refused(
      "unknown resource, escalation", .unknownResource, Stage.create("x", "coupons:read", "invoices:read"),
      by: .key(Stage.manager)),
    Refused("full access, escalation", .fullAccessReserved, Stage.create("x", "full_access"), by: .key(Stage.manager)),
    Refused("bad grace, escalation", .badGrace, rotate(Stage.full, "2h"), by: .key(Stage.manager)),
    Refused("bad grace to change to, escalation", .badGrace, changeGrace(Stage.full, "2h"), by: .key(Stage.manager)),
    Refused("bad name of what it does not cover", .badName, rename(Stage.worker, to: ""), by: .key(Stage.manager)),
    Refused("bad scope for what it does not cover", .badScope, changeScope(Stage.worker), by: .key(Stage.manager)),
    // The fields before the state.
    Refused("bad grace, not active", .badGrace, rotate(Stage.worker, "2h")) { $0.must(revoke(Stage.worker)) },
    Refused("bad grace, not expiring", .badGrace, changeGrace(Stage.worker, "2h")),
    Refused("bad name, not scoped", .badName, rename(Stage.full, to: "")),
    Refused("bad scope, not scoped", .badScope, changeScope(Stage.publishable)),
    Refused("bad text, not restored", .badText, .acceptRestored(reason: "")),
    Refused("bad handle, in use", .badText, .addUser(handle: "system", role: .owner)) {
      $0.handles["system"] = userID(1)
    },
    Refused(
      "full access, already connected", .fullAccessReserved, connect("salesforce", in: "production", ["full_access"])),
    Refused("weak, exists with other tokens", .tokenTooWeak, migrate("production", "password12345678")),
    // Escalation before the state.
    Refused("escalation, not active", .escalation, rotate(Stage.worker), by: .key(Stage.manager)) {
      $0.must(revoke(Stage.worker))
    },
    Refused("escalation, a default key", .escalation, revoke(Stage.full), by: .key(Stage.manager)),
    Refused("escalation, an integration's key", .escalation, revoke(Stage.salesforce), by: .key(Stage.manager)),
    Refused("escalation, not expiring", .escalation, changeGrace(Stage.worker, "1h"), by: .key(Stage.manager)),
    Refused("escalation, not scoped", .escalation, rename(Stage.full, to: "x"), by: .key(Stage.manager)),
    Refused("escalation, another revision", .escalation, rotate(Stage.worker), by: .key(Stage.manager)) {
      $0.expectedRevision = 9
    },
    Refused("escalation, clock behind", .escalation, rotate(Stage.worker), by: .key(Stage.manager)) {
      $0.clockIsBehind = true
    },
    Refused("not active, clock behind", .notActive, rotate(Stage.worker)) {
      $0.must(revoke(Stage.worker))
      $0.clockIsBehind = true
    },
    // The state before a change of nothing.
    Refused("the same name, not scoped", .notScoped, rename(Stage.full, to: "Full access key")),
    Refused("the same scope, revoked", .keyExpired, changeScope(Stage.reader, "customers:read")) {
      $0.must(revoke(Stage.reader))
    },
    Refused("the same name, another revision", .revisionChanged, rename(Stage.worker)) { $0.expectedRevision = 9 },
    Refused(
      "the same scope, escalation", .escalation, changeScope(Stage.worker, "customers:write", "subscriptions:read"),
      by: .key(Stage.manager)),
    Refused("the same end, clock behind", .clockBehind, changeGrace(Stage.worker, "24h")) {
      $0.must(rotate(Stage.worker, "24h"))
      $0.clockIsBehind = true
    },
    Refused("the same role, removed", .notFound, .changeRole(user: userID(Stage.bob).description, role: .member)) {
      $0.must(.removeUser(user: userID(Stage.bob).description))
    },
    // Within one command.
    Refused("not a slug, no token", .badSlug, .migrateEnvironment("No", client: nil, server: nil, allowWeak: false)),
    Refused(
      "another tokens' environment, token in ledger", .alreadyExists, migrate("production", "q7Zp2mXv9Lw4Tn8Kb5Rc3Yd6")
    ) {
      $0.must(migrate("old", "q7Zp2mXv9Lw4Tn8Kb5Rc3Yd6"))
    },
    Refused("exists, sixty-four", .alreadyExists, resource("r63")) { world in
      for number in world.ledger.resources.count..<64 { world.must(resource("r\(number)")) }
    },
  ]

  @Test(arguments: rows) func `of two faults the one judged first is told`(row: Refused) { row.check() }

  private static let disconnect = Command.disconnectIntegration(name: "none", environment: "production")
  private static func create(in environment: String, name: String = "x") -> Command {
    .createKey(environment: environment, name: name, description: "", scope: ["customers:read"])
  }
  private static func connect(_ name: String, in environment: String, _ scope: [String]) -> Command {
    .connectIntegration(name: name, environment: environment, scope: scope)
  }
  private static func migrate(_ name: String, _ token: String) -> Command {
    .migrateEnvironment(name, client: legacy(token), server: nil, allowWeak: false)
  }
  private static func resource(_ name: String) -> Command {
    .addResource(name: name, clientReadable: false, readOnly: false)
  }
}
