import KeyLedger
import SeededRandom
import Testing

/// Somebody has the secret of one key and tries everything, thousands of times: whatever secrets they come to know,
/// together those may do no more than the first one could.
@Suite struct EscalationTests {
  static let worlds: UInt64 = 12
  static let steps = 150

  @Test(
    arguments: [
      Stage.full, Stage.publishable, Stage.worker, Stage.manager, Stage.watcher, Stage.reader, Stage.salesforce,
      Stage.hubspot,
    ])
  func `no sequence of commands lets a key do more than it could`(first: Int) {
    var accepted = 0
    for seed in 1...EscalationTests.worlds {
      var attempt = Attempt(first: first, seed: seed &* 7919 &+ UInt64(first))
      for _ in 0..<EscalationTests.steps where attempt.isWithinBounds {
        attempt.step()
      }
      #expect(attempt.isWithinBounds, "key \(first), seed \(seed): \(attempt.story.suffix(12))")
      accepted += attempt.accepted
    }
    let mayManage = [Stage.full, Stage.manager, Stage.hubspot].contains(first)
    // A test of what is let through needs something that was.
    #expect(mayManage ? accepted > 150 : accepted == 0, "\(accepted) commands were accepted")
  }

  @Test func `the judge sees an escalation where there is one`() {
    var attempt = Attempt(first: Stage.manager, seed: 1)
    #expect(attempt.isWithinBounds)
    attempt.learned.insert(keyID(Stage.worker))
    #expect(!attempt.isWithinBounds)
    attempt.learned = [keyID(Stage.manager), keyID(Stage.stagingReader)]
    #expect(!attempt.isWithinBounds)
  }

  struct Attempt {
    var world = Stage.base
    var random: SplitMix64
    /// The keys whose secrets the attacker knows.
    var learned: Set<KeyID>
    let first: KeyID
    let held: Scope
    let environment: Slug
    var accepted = 0
    var story: [String] = []

    init(first number: Int, seed: UInt64) {
      random = SplitMix64(seed)
      let key = world.key(number)
      first = key.id
      held = key.effectiveScope(in: world.ledger)
      environment = key.environment
      learned = [first]
    }

    /// A publishable key may grow with the catalogue: what it reads is its own affair, as it can learn no other.
    var isWithinBounds: Bool {
      learned.allSatisfy { id in
        guard let key = world.keys[id] else { return false }
        if key.id == first, key.kind == .publishable { return true }
        return key.environment == environment && held.covers(key.effectiveScope(in: world.ledger))
      }
    }

    mutating func step() {
      if Int.random(in: 0..<6, using: &random) == 0 { world.pass(Int64.random(in: 0...(2 * day), using: &random)) }
      if Int.random(in: 0..<5, using: &random) == 0 { live() }
      guard let acting = acting() else { return }
      let command = anyCommand()
      do throws(Refusal) {
        let number = world.keys.keys.first { $0 == acting }.map { Int($0.ulid.bits & 0xFFFF_FFFF) } ?? 0
        let drafts = try world.run(command, by: .key(number))
        accepted += 1
        story.append("key \(number): \(command)")
        for draft in drafts { learn(draft) }
      } catch {}
    }

    /// Mostly a key that still may do something, and now and then any.
    private mutating func acting() -> KeyID? {
      let (now, ledger) = (world.now, world.ledger)
      let able = learned.filter { id in
        guard let key = world.keys[id] else { return false }
        return (try? Policy.authorise(.manageKeys, by: .key(key), at: now, in: ledger)) != nil
      }
      // Nothing left to act with, but for those that never had anything: from the start again, with other luck.
      if able.isEmpty, accepted > 0 { (world, learned) = (Stage.base, [first]) }
      let isAnyGood = able.isEmpty || Int.random(in: 0..<8, using: &random) == 0
      return (isAnyGood ? learned : able).sorted().randomElement(using: &random)
    }

    /// Who makes a key is told its secret; so is who reveals one.
    private mutating func learn(_ draft: Draft) {
      guard case .key(_, let id) = draft.stream else { return }
      switch draft.data {
      case .keyCreated, .keyMigrated, .keyRevealed: learned.insert(id)
      default: break
      }
    }

    /// What others do meanwhile. They give no known key more than it has.
    private mutating func live() {
      let unknown = world.keysInOrder.filter { !learned.contains($0.id) }
      let key = unknown.randomElement(using: &random)?.id.description ?? ""
      let known = learned.sorted().randomElement(using: &random)?.description ?? ""
      let commands: [Command] = [
        .changeScope(key: key, scope: words()), .rotateKey(key: key, grace: "1h"), .revokeKey(key: key),
        .createKey(environment: "production", name: "theirs", description: "", scope: words()),
        .addResource(name: "r\(world.events.count)", clientReadable: true, readOnly: false),
        .connectIntegration(name: "i\(world.events.count)", environment: "production", scope: words()),
        .changeScope(key: known, scope: ["customers:read", "api_keys:write"].filter { held.holds(permission($0)) }),
        .revealKey(key: key),
      ]
      if let command = commands.randomElement(using: &random) { _ = try? world.run(command) }
    }

    private mutating func words() -> [String] {
      let all = [
        "read_only", "customers_write", "subscriptions_write", "coupons_write", "api_keys_write", "event_queue_read",
        "customers:read", "customers:write", "subscriptions:read", "coupons:read", "api_keys:read", "api_keys:write",
        "event_queue:read", "full_access", "event_queue:write",
      ]
      let within = all.filter { Permission($0).map(held.holds) ?? false }
      let pool = Bool.random(using: &random) || within.isEmpty ? all : within
      return (0...Int.random(in: 0...2, using: &random)).compactMap { _ in pool.randomElement(using: &random) }
    }

    private mutating func anyCommand() -> Command {
      let key = world.keysInOrder.randomElement(using: &random)?.id.description ?? ""
      let environment = Bool.random(using: &random) ? "production" : "staging"
      let grace = Grace.allCases.randomElement(using: &random)?.rawValue ?? ""
      let user = userID(Int.random(in: 1...3, using: &random)).description
      let integration = ["salesforce", "hubspot", "slack"].randomElement(using: &random) ?? ""
      let keys: [Command] = [
        .createKey(environment: environment, name: "mine", description: "", scope: words()),
        .renameKey(key: key, name: "mine", description: nil), .changeScope(key: key, scope: words()),
        .rotateKey(key: key, grace: grace), .changeGrace(key: key, grace: grace),
      ]
      let others: [Command] = [
        .revokeKey(key: key), .revealKey(key: key), .addUser(handle: "mine\(world.events.count)", role: .owner),
        .changeRole(user: user, role: .owner), .renewToken(user: user), .endToken(user: user),
        .removeUser(user: user), .forgetUser(user: user), .changePlan(.scale),
        .addResource(name: "m\(world.events.count)", clientReadable: true, readOnly: false),
        .provisionEnvironment("e\(world.events.count)"),
        .migrateEnvironment("m\(world.events.count)", client: nil, server: legacyByHash("mine"), allowWeak: true),
        .connectIntegration(name: integration, environment: environment, scope: words()),
        .disconnectIntegration(name: integration, environment: environment),
        .enforceClientSecurity(environment: environment), .relaxClientSecurity(environment: environment),
        .rotateSigningSecret(environment: environment), .revealSigningSecret(environment: environment),
        .acceptRestored(reason: "mine"),
      ]
      let common = Int.random(in: 0..<4, using: &random) > 0
      return (common ? keys : others).randomElement(using: &random) ?? .changePlan(.scale)
    }
  }
}
