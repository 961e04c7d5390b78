import KeyLedger
import Testing

@Suite struct MigrationTests {
  private static let client = legacy("client-f3c1a2b4d5e60718")
  private static let server = legacy("server-8d7e6f5a4b3c2d1e9f")
  private static let other = legacy("q7Zp2mXv9Lw4Tn8Kb5Rc3Yd6")
  private static let weak = legacy("password12345678")
  private static let short = legacy("K8s!x92Lq")
  private static let began: @Sendable (inout World) -> Void = { $0.must(migrate("old", client, server)) }

  static let refusals: [Refused] = [
    Refused("no slug", .badSlug, migrate("Old", client, server)),
    Refused("no token at all", .badUsage, migrate("old", nil, nil)),
    Refused("the same token twice", .sameToken, migrate("old", client, client)),
    Refused(
      "the same token, once as its hash", .sameToken, migrate("old", client, legacyByHash("client-f3c1a2b4d5e60718"))),
    Refused("the same weak token twice, allowed", .sameToken, migrate("old", weak, weak, allowWeak: true)),
    Refused("a guessable client token", .tokenTooWeak, migrate("old", weak, server)),
    Refused("a guessable server token", .tokenTooWeak, migrate("old", client, weak)),
    Refused("a short token", .tokenTooWeak, migrate("old", short, nil)),
    Refused("an environment that was not migrated", .alreadyExists, migrate("production", client, server)),
    Refused("the secrets that provisioning made", .alreadyExists, migrate("production", generated(2), generated(1))),
    Refused("other tokens", .alreadyExists, migrate("old", other, server), given: began),
    Refused("fewer tokens", .alreadyExists, migrate("old", nil, server), given: began),
    Refused("tokens the other way round", .alreadyExists, migrate("old", server, client), given: began),
    Refused("more tokens", .alreadyExists, migrate("old", client, server)) { $0.must(migrate("old", client, nil)) },
    Refused("a token of another environment", .tokenInLedger, migrate("new", other, server), given: began),
    Refused(
      "a token of another environment, as its hash", .tokenInLedger,
      migrate("new", nil, legacyByHash("server-8d7e6f5a4b3c2d1e9f")), given: began),
    Refused("a token of a key that has ended", .tokenInLedger, migrate("new", nil, server)) {
      began(&$0)
      $0.must(rotate(Stage.next, "now"))
    },
    Refused("a token of no bytes, weak ones allowed", .badText, migrate("old", legacy(""), nil, allowWeak: true)),
    Refused("a token too long to be presented", .badText, migrate("old", legacy(tooLong), nil, allowWeak: true)),
  ]

  private static let tooLong = String(repeating: "q7Zp2mXv", count: 64) + "9"

  static let allowed: [Allowed] = [
    Allowed("both tokens", migrate("old", client, server), by: .user(Stage.ada)) { world in
      [
        began(world, by: .user(userID(Stage.ada))), migrated(.fullAccess, server, world.freshKey()),
        migrated(.publishable, client, world.freshKey(1)),
      ]
    },
    Allowed("the server token alone", migrate("old", nil, server)) { world in
      [began(world), migrated(.fullAccess, server, world.freshKey()), created(.publishable, world, world.freshKey(1))]
    },
    Allowed("the client token alone", migrate("old", client, nil)) { world in
      [began(world), created(.fullAccess, world, world.freshKey()), migrated(.publishable, client, world.freshKey(1))]
    },
    Allowed("a hash", migrate("old", nil, legacyByHash("whatever"))) { world in
      [
        began(world), migrated(.fullAccess, legacyByHash("whatever"), world.freshKey(), revealable: false),
        created(.publishable, world, world.freshKey(1)),
      ]
    },
    Allowed("a weak token, allowed", migrate("old", weak, nil, allowWeak: true)) { world in
      [began(world), created(.fullAccess, world, world.freshKey()), migrated(.publishable, weak, world.freshKey(1))]
    },
    Allowed("the same again", migrate("old", client, server), given: began) { _ in [] },
    Allowed(
      "the same again, one as its hash", migrate("old", legacyByHash("client-f3c1a2b4d5e60718"), server), given: began
    ) { _ in [] },
    Allowed("the server token alone, again", migrate("old", nil, server)) {
      $0.must(migrate("old", nil, server))
    } appends: { _ in
      []
    },
    Allowed("the same again, after both were rotated", migrate("old", client, server)) {
      began(&$0)
      $0.must(rotate(Stage.next, "now"))
      $0.must(rotate(Stage.next + 1, "now"))
    } appends: { _ in
      []
    },
    Allowed("on the plan starter", migrate("old", client, nil)) {
      $0.must(.changePlan(.starter))
    } appends: { world in
      [began(world), created(.fullAccess, world, world.freshKey()), migrated(.publishable, client, world.freshKey(1))]
    },
  ]

  @Test(arguments: refusals) func `a migration is refused, appends nothing and says why`(row: Refused) { row.check() }

  @Test(arguments: allowed) func `a migration appends exactly its events, and the second time nothing`(row: Allowed) {
    row.check()
  }

  @Test func `a migrated key is a default key like any other, and its successor is no migrated one`() throws {
    var world = Stage.base
    MigrationTests.began(&world)
    #expect(world.key(Stage.next).migrated && world.key(Stage.next).fingerprint == MigrationTests.server.fingerprint)
    #expect(try world.run(reveal(Stage.next)).count == 1)
    #expect { try world.run(revoke(Stage.next)) } throws: { ($0 as? Refusal)?.code == .defaultKeyMustBeRotated }
    world.must(rotate(Stage.next, "now"))
    let successor = world.key(Stage.next + 2)
    #expect(!successor.migrated && successor.revealable && successor.kind == .fullAccess)
  }

  /// A secret that the ledger made itself, brought as if it were of another system.
  private static func generated(_ key: Int) -> LegacyToken {
    LegacyToken(fingerprint: Stage.base.key(key).fingerprint, masked: "••••••", strength: nil)
  }

  private static func migrate(
    _ name: String, _ client: LegacyToken?, _ server: LegacyToken?, allowWeak: Bool = false
  ) -> Command { .migrateEnvironment(name, client: client, server: server, allowWeak: allowWeak) }

  private static func began(_ world: World, by actor: Actor = .ops) -> Draft {
    let signing = SigningSecret(generation: 1, sha256: world.freshSigning)
    return Draft(.environment(slug("old")), actor, .environmentProvisioned(signing))
  }

  private static func migrated(_ kind: KeyKind, _ token: LegacyToken, _ new: NewKey, revealable: Bool = true) -> Draft {
    let record = KeyRecord(
      kind: kind, name: name(kind), description: "", scope: scope(kind), fingerprint: token.fingerprint,
      masked: token.masked, revealable: revealable)
    return Draft(.key(slug("old"), new.id), .system, .keyMigrated(record))
  }

  private static func created(_ kind: KeyKind, _ world: World, _ new: NewKey) -> Draft {
    let record = KeyRecord(
      kind: kind, name: name(kind), description: "", scope: scope(kind), fingerprint: new.fingerprint,
      masked: new.masked)
    return Draft(.key(slug("old"), new.id), .system, .keyCreated(record))
  }

  private static func name(_ kind: KeyKind) -> String { kind == .fullAccess ? "Full access key" : "Publishable key" }

  private static func scope(_ kind: KeyKind) -> Scope {
    kind == .fullAccess ? .everything : KeyLedgerTests.scope("customers:read", "subscriptions:read", "coupons:read")
  }
}
