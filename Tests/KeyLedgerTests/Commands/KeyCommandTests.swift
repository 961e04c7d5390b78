import KeyLedger
import Testing

/// What the commands about keys append, exactly.
@Suite struct KeyCommandTests {
  static let making: [Allowed] = [
    Allowed("create", .createKey(environment: "production", name: "A", description: "B", scope: ["coupons_write"])) {
      [created($0, .scoped, "A", "B", scope("coupons:write"))]
    },
    Allowed("create by an owner", Stage.create("A", "customers:read"), by: .user(Stage.ada)) {
      [created($0, .scoped, "A", "", scope("customers:read"), by: .user(userID(Stage.ada)))]
    },
    Allowed("create by a key, what it covers", Stage.create("A", "customers:read"), by: .key(Stage.manager)) {
      [created($0, .scoped, "A", "", scope("customers:read"), by: .key(keyID(Stage.manager)))]
    },
    Allowed("create by an integration's key", Stage.create("A", "customers:read"), by: .key(Stage.hubspot)) {
      [created($0, .scoped, "A", "", scope("customers:read"), by: .key(keyID(Stage.hubspot)))]
    },
    Allowed("create everything there is, by full access", Stage.create("A", "read_only"), by: .key(Stage.full)) {
      let all = scope("api_keys:read", "coupons:read", "customers:read", "event_queue:read", "subscriptions:read")
      return [created($0, .scoped, "A", "", all, by: .key(keyID(Stage.full)))]
    },
    Allowed("a name twice", Stage.create("worker", "customers:read")) {
      [created($0, .scoped, "worker", "", scope("customers:read"))]
    },
    Allowed("rename", rename(Stage.worker, to: "W")) { _ in
      [draft(Stage.worker, .keyRenamed(name: "W", description: ""))]
    },
    Allowed("describe", rename(Stage.worker, description: "D")) { _ in
      [draft(Stage.worker, .keyRenamed(name: "worker", description: "D"))]
    },
    Allowed("rename while expiring", rename(Stage.worker, to: "W")) {
      $0.must(rotate(Stage.worker))
    } appends: { _ in
      [draft(Stage.worker, .keyRenamed(name: "W", description: ""))]
    },
    Allowed("rename on the plan starter", rename(Stage.worker, to: "W")) {
      $0.must(.changePlan(.starter))
    } appends: {
      _ in
      [draft(Stage.worker, .keyRenamed(name: "W", description: ""))]
    },
    Allowed("rename at the revision seen", rename(Stage.worker, to: "W")) {
      $0.expectedRevision = 1
    } appends: { _ in
      [draft(Stage.worker, .keyRenamed(name: "W", description: ""))]
    },
    Allowed("widen a scope", changeScope(Stage.worker, "customers:write", "coupons:write")) { _ in
      [
        draft(
          Stage.worker,
          .scopeUpdated(
            before: scope("customers:write", "subscriptions:read"), after: scope("customers:write", "coupons:write")))
      ]
    },
    Allowed("narrow its own scope", changeScope(Stage.manager, "customers:read"), by: .key(Stage.manager)) { _ in
      let data = EventData.scopeUpdated(
        before: scope("api_keys:write", "customers:write"), after: scope("customers:read"))
      return [draft(Stage.manager, data, by: .key(keyID(Stage.manager)))]
    },
    Allowed("reveal", reveal(Stage.worker)) { _ in [draft(Stage.worker, .keyRevealed)] },
    Allowed("reveal an expiring key", reveal(Stage.worker)) {
      $0.must(rotate(Stage.worker))
    } appends: { _ in
      [draft(Stage.worker, .keyRevealed)]
    },
    Allowed("reveal twice", reveal(Stage.worker)) {
      $0.must(reveal(Stage.worker))
    } appends: { _ in
      [draft(Stage.worker, .keyRevealed)]
    },
  ]

  static let nothing: [Allowed] = [
    Allowed("the same name", rename(Stage.worker, to: "worker", description: "")) { _ in [] },
    Allowed("no name and no description", rename(Stage.worker)) { _ in [] },
    Allowed("the same scope", changeScope(Stage.worker, "subscriptions:read", "customers:write")) { _ in [] },
    Allowed("the same scope, in other words", changeScope(Stage.worker, "customers_write", "subscriptions:read")) {
      _ in []
    },
    Allowed(
      "the same scope with a read beside its write",
      changeScope(Stage.worker, "customers:read", "customers:write", "subscriptions:read")
    ) { _ in [] },
    Allowed("the same end", changeGrace(Stage.worker, "24h")) {
      $0.must(rotate(Stage.worker, "24h"))
    } appends: { _ in
      []
    },
  ]

  @Test(arguments: making) func `what is allowed appends exactly its events`(row: Allowed) { row.check() }

  @Test(arguments: nothing) func `a command that changes nothing succeeds and appends nothing`(row: Allowed) {
    row.check()
  }

  @Test func `two spellings of one letter are two names`() {
    var world = Stage.base
    world.must(rename(Stage.worker, to: "caf\u{E9}"))
    let before = world.events.count
    world.must(rename(Stage.worker, to: "cafe\u{301}"))
    #expect(world.events.count == before + 1)
  }

  @Test(arguments: Grace.allCases, [Stage.full, Stage.publishable, Stage.worker, Stage.salesforce])
  func `a successor is the key again with another secret, and each names the other`(grace: Grace, key: Int) throws {
    var world = Stage.base
    world.must(rename(Stage.worker, description: "what it is for"))
    let (old, now) = (world.key(key), world.now)
    let drafts = try world.run(rotate(key, grace.rawValue), by: .user(Stage.ada))
    let successor = world.key(Stage.next)
    let caller = Actor.user(userID(Stage.ada))
    let end = now.advanced(by: grace.milliseconds)
    #expect(drafts.map(\.stream) == [.key(old.environment, old.id), .key(old.environment, successor.id)])
    #expect(drafts.map(\.actor) == [caller, caller])
    #expect(drafts.first?.data == .keyRotated(grace: grace, expiresAt: end, successor: successor.id))
    #expect(successor.predecessor == old.id && world.key(key).successor == successor.id)
    #expect(successor.kind == old.kind && successor.name == old.name && successor.description == old.description)
    #expect(successor.scope == old.scope && successor.environment == old.environment)
    #expect(successor.integration == old.integration && successor.revealable && !successor.migrated)
    #expect(successor.fingerprint != old.fingerprint && successor.masked != old.masked)
    #expect(successor.status(at: now) == .active)
    #expect(world.key(key).status(at: now) == (grace == .now ? .expired(.graceEnded) : .expiring))
    #expect(world.key(key).expiresAt == end)
  }

  @Test(arguments: Grace.allCases, Grace.allCases)
  func `a changed grace counts from the change, longer or shorter than before`(first: Grace, second: Grace) throws {
    var world = Stage.base
    world.must(rotate(Stage.worker, first.rawValue))
    let before = world.now.advanced(by: first.milliseconds)
    world.pass(hour / 2)
    guard first != .now else {
      #expect { try world.run(changeGrace(Stage.worker, second.rawValue)) } throws: {
        ($0 as? Refusal)?.code == .notExpiring
      }
      return
    }
    let after = world.now.advanced(by: second.milliseconds)
    let drafts = try world.run(changeGrace(Stage.worker, second.rawValue))
    #expect(drafts == [draft(Stage.worker, .graceChanged(grace: second, before: before, after: after))])
    #expect(world.key(Stage.worker).expiresAt == after)
    #expect(world.key(Stage.worker).status(at: world.now).isValid == (second != .now))
  }

  @Test func `a grace period that no year of four digits can hold is refused`() throws {
    var world = Stage.base
    world.now = Instant.latest.advanced(by: -hour)
    world.must(rotate(Stage.worker, "1h"))
    for command in [rotate(Stage.full, "24h"), changeGrace(Stage.worker, "7d")] {
      #expect { try world.run(command) } throws: { ($0 as? Refusal)?.code == .badGrace }
    }
    world.must(rotate(Stage.full, "1h"))
    #expect(world.key(Stage.full).expiresAt == .latest)
  }

  @Test(arguments: [Stage.full, Stage.publishable, Stage.salesforce])
  func `a system's key can be revoked once it is expiring`(key: Int) throws {
    var world = Stage.base
    world.must(rotate(key, "7d"))
    #expect(try world.run(revoke(key)) == [draft(key, .keyRevoked)])
    #expect(world.key(key).status(at: world.now) == .expired(.revoked))
    #expect(world.key(Stage.next).status(at: world.now) == .active)
  }

  @Test func `with the clock behind the log, grace now and revoking work`() throws {
    var world = Stage.base
    world.must(rotate(Stage.reader, "7d"))
    world.clockIsBehind = true
    #expect(try world.run(rotate(Stage.worker, "now")).count == 2)
    #expect(try world.run(changeGrace(Stage.reader, "now")).count == 1)
    #expect(try world.run(revoke(Stage.watcher)) == [draft(Stage.watcher, .keyRevoked)])
    for key in [Stage.worker, Stage.reader, Stage.watcher] {
      #expect(!world.key(key).status(at: dawn.advanced(by: -day)).isValid)
    }
  }

  @Test func `a publishable key's successor reads what is client-readable today`() {
    var world = Stage.base
    world.must(.addResource(name: "invoices", clientReadable: true, readOnly: false))
    world.must(rotate(Stage.publishable))
    #expect(world.key(Stage.next).scope.holds(permission("invoices:read")))
  }

  @Test func `a rotated key's scope can be changed apart from its successor's`() {
    var world = Stage.base
    world.must(rotate(Stage.worker))
    world.must(changeScope(Stage.next, "coupons:read"))
    #expect(world.key(Stage.worker).scope == scope("customers:write", "subscriptions:read"))
    #expect(world.key(Stage.next).scope == scope("coupons:read"))
  }

  private static func created(
    _ world: World, _ kind: KeyKind, _ name: String, _ description: String, _ scope: Scope, by actor: Actor = .ops
  ) -> Draft {
    let new = world.freshKey()
    let record = KeyRecord(
      kind: kind, name: name, description: description, scope: scope, fingerprint: new.fingerprint, masked: new.masked)
    return Draft(.key(slug("production"), new.id), actor, .keyCreated(record))
  }
}
