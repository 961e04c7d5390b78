import KeyLedger
import Testing

/// What is refused of the commands about keys, row by row as `product.md` §2 has them.
@Suite struct KeyRefusalTests {
  private static let absent = 999
  private static let long = String(repeating: "n", count: 101)
  private static let starter: @Sendable (inout World) -> Void = { $0.must(.changePlan(.starter)) }
  private static let rotated: @Sendable (inout World) -> Void = { $0.must(rotate(Stage.worker, "24h")) }
  private static let graceOver: @Sendable (inout World) -> Void = {
    $0.must(rotate(Stage.worker, "1h"))
    $0.pass(hour)
  }
  private static let revoked: @Sendable (inout World) -> Void = { $0.must(revoke(Stage.worker)) }
  private static let disconnected: @Sendable (inout World) -> Void = {
    $0.must(.disconnectIntegration(name: "salesforce", environment: "production"))
  }
  private static let moved: @Sendable (inout World) -> Void = { $0.expectedRevision = 7 }
  private static let behind: @Sendable (inout World) -> Void = { $0.clockIsBehind = true }

  static let creating: [Refused] = [
    Refused("no such environment", .notFound, inEnvironment("nowhere")),
    Refused("an environment that is no slug", .notFound, inEnvironment("No where")),
    Refused("plan", .planRequired, Stage.create("x", "customers:read"), given: starter),
    Refused("no name", .badName, Stage.create("", "customers:read")),
    Refused("long name", .badName, Stage.create(long, "customers:read")),
    Refused("control in the name", .badName, Stage.create("a\u{7}b", "customers:read")),
    Refused("space before the name", .badName, Stage.create(" a", "customers:read")),
    Refused("long description", .badText, described(String(repeating: "d", count: 501))),
    Refused("line break in the description", .badText, described("a\nb")),
    Refused("no scope", .badScope, Stage.create("x")),
    Refused("write on a read-only resource", .badScope, Stage.create("x", "event_queue:write")),
    Refused("unknown resource", .unknownResource, Stage.create("x", "invoices:read")),
    Refused("full access", .fullAccessReserved, Stage.create("x", "full_access")),
    Refused("more than the acting key", .escalation, Stage.create("x", "coupons:read"), by: .key(Stage.manager)),
    Refused("a preset beyond the acting key", .escalation, Stage.create("x", "read_only"), by: .key(Stage.manager)),
    Refused("write where it reads", .escalation, Stage.create("x", "customers:write"), by: .key(Stage.hubspot)),
    Refused("in another environment", .notFound, inEnvironment("staging"), by: .key(Stage.full)),
  ]

  static let changing: [Refused] = [
    Refused("rename no such key", .notFound, rename(absent, to: "x")),
    Refused("rename what is no id", .notFound, .renameKey(key: "worker", name: "x", description: nil)),
    Refused("rename to nothing", .badName, rename(Stage.worker, to: "")),
    Refused("describe at length", .badText, rename(Stage.worker, description: String(repeating: "d", count: 501))),
    Refused("rename the full access key", .notScoped, rename(Stage.full, to: "x")),
    Refused("rename the publishable key", .notScoped, rename(Stage.publishable, to: "x")),
    Refused("rename an integration's key", .notScoped, rename(Stage.salesforce, to: "x")),
    Refused("rename a removed key", .notScoped, rename(Stage.salesforce, to: "x"), given: disconnected),
    Refused("rename a revoked key", .keyExpired, rename(Stage.worker, to: "x"), given: revoked),
    Refused("rename after the grace", .keyExpired, rename(Stage.worker, to: "x"), given: graceOver),
    Refused("rename what it does not cover", .escalation, rename(Stage.worker, to: "x"), by: .key(Stage.manager)),
    Refused("rename after another change", .revisionChanged, rename(Stage.worker, to: "x"), given: moved),
    Refused("scope of no such key", .notFound, changeScope(absent, "customers:read")),
    Refused("no scope left", .badScope, changeScope(Stage.worker)),
    Refused("unknown resource", .unknownResource, changeScope(Stage.worker, "invoices:read")),
    Refused("full access", .fullAccessReserved, changeScope(Stage.worker, "full_access")),
    Refused("scope of the full access key", .notScoped, changeScope(Stage.full, "customers:read")),
    Refused("scope of the publishable key", .notScoped, changeScope(Stage.publishable, "customers:read")),
    Refused("scope of an integration's key", .notScoped, changeScope(Stage.salesforce, "customers:write")),
    Refused("scope of a revoked key", .keyExpired, changeScope(Stage.worker, "customers:read"), given: revoked),
    Refused("scope after the grace", .keyExpired, changeScope(Stage.worker, "customers:read"), given: graceOver),
    Refused(
      "to more than the acting key", .escalation, changeScope(Stage.reader, "coupons:read"), by: .key(Stage.manager)),
    Refused(
      "from more than the acting key", .escalation, changeScope(Stage.worker, "customers:read"),
      by: .key(Stage.manager)),
    Refused(
      "its own, to more", .escalation, changeScope(Stage.manager, "api_keys:write", "customers:write", "coupons:read"),
      by: .key(Stage.manager)),
    Refused("scope after another change", .revisionChanged, changeScope(Stage.worker, "customers:read"), given: moved),
  ]

  static let ending: [Refused] = [
    Refused("rotate no such key", .notFound, rotate(absent)),
    Refused("rotate with two hours", .badGrace, rotate(Stage.worker, "2h")),
    Refused("rotate with no grace", .badGrace, rotate(Stage.worker, "")),
    Refused("rotate with a capital", .badGrace, rotate(Stage.worker, "NOW")),
    Refused("rotate with sixty minutes", .badGrace, rotate(Stage.worker, "60m")),
    Refused("rotate an expiring key", .notActive, rotate(Stage.worker), given: rotated),
    Refused("rotate after the grace", .notActive, rotate(Stage.worker), given: graceOver),
    Refused("rotate a revoked key", .notActive, rotate(Stage.worker), given: revoked),
    Refused("rotate a removed key", .notActive, rotate(Stage.salesforce), given: disconnected),
    Refused("rotate what it does not cover", .escalation, rotate(Stage.worker), by: .key(Stage.manager)),
    Refused("rotate full access from below", .escalation, rotate(Stage.full), by: .key(Stage.manager)),
    Refused("rotate publishable from below", .escalation, rotate(Stage.publishable), by: .key(Stage.manager)),
    Refused("rotate an integration's from below", .escalation, rotate(Stage.salesforce), by: .key(Stage.manager)),
    Refused("rotate in another environment", .notFound, rotate(Stage.stagingReader), by: .key(Stage.full)),
    Refused("rotate after another change", .revisionChanged, rotate(Stage.worker), given: moved),
    Refused("rotate with the clock behind", .clockBehind, rotate(Stage.worker, "1h"), given: behind),
    Refused("grace of no such key", .notFound, changeGrace(absent, "1h")),
    Refused("a grace of five days", .badGrace, changeGrace(Stage.worker, "5d"), given: rotated),
    Refused("grace of an active key", .notExpiring, changeGrace(Stage.worker, "1h")),
    Refused("grace after the grace", .notExpiring, changeGrace(Stage.worker, "1h"), given: graceOver),
    Refused("grace of a revoked key", .notExpiring, changeGrace(Stage.worker, "1h"), given: revoked),
    Refused(
      "grace of what it does not cover", .escalation, changeGrace(Stage.worker, "7d"), by: .key(Stage.manager),
      given: rotated),
    Refused("grace after another change", .revisionChanged, changeGrace(Stage.worker, "7d")) {
      rotated(&$0)
      moved(&$0)
    },
    Refused("grace with the clock behind", .clockBehind, changeGrace(Stage.worker, "7d")) {
      rotated(&$0)
      behind(&$0)
    },
    Refused("revoke no such key", .notFound, revoke(absent)),
    Refused("revoke twice", .keyExpired, revoke(Stage.worker), given: revoked),
    Refused("revoke after the grace", .keyExpired, revoke(Stage.worker), given: graceOver),
    Refused("revoke a removed key", .keyExpired, revoke(Stage.salesforce), given: disconnected),
    Refused("revoke the full access key", .defaultKeyMustBeRotated, revoke(Stage.full)),
    Refused("revoke the publishable key", .defaultKeyMustBeRotated, revoke(Stage.publishable)),
    Refused("full access revokes itself", .defaultKeyMustBeRotated, revoke(Stage.full), by: .key(Stage.full)),
    Refused("revoke an integration's key", .integrationMustBeDisconnected, revoke(Stage.salesforce)),
    Refused("revoke what it does not cover", .escalation, revoke(Stage.worker), by: .key(Stage.manager)),
    Refused("revoke after another change", .revisionChanged, revoke(Stage.worker), given: moved),
    Refused("reveal no such key", .notFound, reveal(absent)),
    Refused("reveal a revoked key", .keyExpired, reveal(Stage.worker), given: revoked),
    Refused("reveal after the grace", .keyExpired, reveal(Stage.worker), given: graceOver),
    Refused("reveal what the vault lost", .secretUnavailable, reveal(Stage.worker)) { $0.vaultIsEmpty = true },
    Refused("reveal what came as a hash", .secretUnavailable, reveal(Stage.next)) {
      $0.must(.migrateEnvironment("old", client: nil, server: legacyByHash("server token"), allowWeak: false))
    },
  ]

  static let rows = creating + changing + ending

  @Test(arguments: rows) func `a command about keys is refused, appends nothing and says why`(row: Refused) {
    row.check()
  }

  private static func inEnvironment(_ environment: String) -> Command {
    .createKey(environment: environment, name: "x", description: "", scope: ["customers:read"])
  }

  private static func described(_ description: String) -> Command {
    .createKey(environment: "production", name: "x", description: description, scope: ["customers:read"])
  }
}
