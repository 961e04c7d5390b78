import KeyLedger
import Testing

/// Every command by every caller, at a target in the caller's environment and in another one.
@Suite struct CommandAccessTests {
  /// A command that the operator succeeds with, and what the product says of it.
  struct Sample: Sendable, CustomTestStringConvertible {
    enum Row: Sendable { case keys, reveal, environments, ledger, operatorOnly, ownToken, othersToken }
    let title: String
    let row: Row
    let command: @Sendable (_ place: Place, _ self: Who) -> Command
    var testDescription: String { title }
  }

  enum Place: CaseIterable, Sendable {
    case own, other
    var environment: String { self == .own ? "production" : "staging" }
    /// A scoped key with customers:read, active, and one that is expiring.
    var active: Int { self == .own ? Stage.reader : Stage.stagingReader }
    var expiring: String { CommandAccessTests.id(of: "expiring", in: self) }
  }

  static let samples: [Sample] = [
    Sample(title: "create a key", row: .keys) { place, _ in
      .createKey(environment: place.environment, name: "x", description: "", scope: ["customers:read"])
    },
    Sample(title: "rename a key", row: .keys) { place, _ in rename(place.active, to: "x") },
    Sample(title: "change a scope", row: .keys) { place, _ in
      changeScope(place.active, "customers:read", "customers:read")
    },
    Sample(title: "rotate a key", row: .keys) { place, _ in rotate(place.active) },
    Sample(title: "change a grace", row: .keys) { place, _ in .changeGrace(key: place.expiring, grace: "1h") },
    Sample(title: "revoke a key", row: .keys) { place, _ in revoke(place.active) },
    Sample(title: "reveal a key", row: .reveal) { place, _ in reveal(place.active) },
    Sample(title: "reveal a signing secret", row: .reveal) { place, _ in
      .revealSigningSecret(environment: place.environment)
    },
    Sample(title: "provision", row: .environments) { _, _ in .provisionEnvironment("test") },
    Sample(title: "migrate", row: .environments) { _, _ in
      .migrateEnvironment("old", client: legacyByHash("c"), server: legacyByHash("s"), allowWeak: false)
    },
    Sample(title: "connect", row: .environments) { place, _ in
      .connectIntegration(name: "zendesk", environment: place.environment, scope: ["customers:read"])
    },
    Sample(title: "disconnect", row: .environments) { place, _ in
      .disconnectIntegration(name: "slack", environment: place.environment)
    },
    Sample(title: "enforce", row: .environments) { place, _ in .enforceClientSecurity(environment: place.environment) },
    Sample(title: "relax", row: .environments) { place, _ in .relaxClientSecurity(environment: place.environment) },
    Sample(title: "rotate a signing secret", row: .environments) { place, _ in
      .rotateSigningSecret(environment: place.environment)
    },
    Sample(title: "add a user", row: .ledger) { _, _ in .addUser(handle: "zoe", role: .owner) },
    Sample(title: "change a role", row: .ledger) { _, _ in .changeRole(user: guest, role: .owner) },
    Sample(title: "end a token", row: .ledger) { _, _ in .endToken(user: guest) },
    Sample(title: "remove a user", row: .ledger) { _, _ in .removeUser(user: guest) },
    Sample(title: "forget a user", row: .ledger) { _, _ in .forgetUser(user: id(ofUser: "gone")) },
    Sample(title: "change the plan", row: .ledger) { _, _ in .changePlan(.starter) },
    Sample(title: "add a resource", row: .ledger) { _, _ in
      .addResource(name: "invoices", clientReadable: false, readOnly: false)
    },
    Sample(title: "accept a restored ledger", row: .operatorOnly) { _, _ in .acceptRestored(reason: "disk died") },
    Sample(title: "renew one's own token", row: .ownToken) { _, who in
      if case .user(let number) = who {
        .renewToken(user: userID(number).description)
      } else {
        .renewToken(user: guest)
      }
    },
    Sample(title: "renew another's token", row: .othersToken) { _, _ in .renewToken(user: guest) },
  ]

  /// From the text of the product: users by their role, keys by what they hold, and the rest is refused.
  static func expected(_ row: Sample.Row, _ kind: AccessTests.Kind, _ place: Place) -> RefusalCode? {
    switch kind {
    case .operator: return nil
    case .owner:
      return row == .operatorOnly || row == .othersToken ? .forbidden : nil
    case .member, .reader: return row == .ownToken ? nil : .forbidden
    case .ownerByAnother, .memberByAnother:
      if row == .operatorOnly || row == .othersToken { return .forbidden }
      return row == .ownToken ? nil : .tokenMustBeRenewed
    case .fullAccess, .scopedWithWrite, .integration:
      guard row == .keys else { return .forbidden }
      return place == .own ? nil : .notFound
    case .removed, .tokenEnded, .publishable, .scopedWithRead, .scopedWithout, .expiring, .expiringFull, .expired,
      .revoked, .integrationWithout, .removedIntegration:
      return .forbidden
    }
  }

  @Test(arguments: samples, AccessTests.Kind.allCases)
  func `a command answers each caller as the table says`(sample: Sample, kind: AccessTests.Kind) {
    for place in Place.allCases {
      var (who, world) = CommandAccessTests.stage(kind)
      let before = world.events.count
      var code: RefusalCode?
      do throws(Refusal) {
        try world.run(sample.command(place, who), by: who)
      } catch {
        code = error.code
        #expect(world.events.count == before && isSentence(error.message), "\(error.message)")
      }
      #expect(code == CommandAccessTests.expected(sample.row, kind, place), "\(sample.title) by \(kind), \(place)")
    }
  }

  @Test func `there is a sample of every command`() {
    let names = CommandAccessTests.samples.map { sample in
      "\(sample.command(.own, .operator))".prefix { $0 != "(" }
    }
    #expect(Set(names).count == 24)
  }

  @Test func `a member's change is refused even when it would change nothing`() {
    var world = Stage.base
    #expect { try world.run(rename(Stage.worker), by: .user(Stage.bob)) } throws: {
      ($0 as? Refusal)?.code == .forbidden
    }
  }

  private static let guest = id(ofUser: "guest")

  /// What stands beside the base when any caller comes: keys made last, so that their numbers follow the caller's.
  private static func stage(_ kind: AccessTests.Kind) -> (who: Who, world: World) {
    var world = prepared
    let who = AccessTests.caller(kind, in: &world)
    return (who, world)
  }

  private static let prepared: World = {
    var world = Stage.base
    world.restoration = (TreeHead(size: 1, root: hash(1)), nil)
    for place in Place.allCases {
      world.must(
        .createKey(environment: place.environment, name: "expiring", description: "", scope: ["customers:read"]))
      let made = world.keysInOrder.last?.id.description ?? ""
      world.must(.rotateKey(key: made, grace: "7d"))
      world.must(.connectIntegration(name: "slack", environment: place.environment, scope: ["customers:read"]))
    }
    for handle in ["guest", "gone"] { world.must(.addUser(handle: handle, role: .member)) }
    world.must(.removeUser(user: world.handles["gone"]?.description ?? ""))
    return world
  }()

  fileprivate static func id(of name: String, in place: Place) -> String {
    prepared.keysInOrder.first { $0.name == name && $0.environment.text == place.environment }?.id.description ?? ""
  }

  private static func id(ofUser handle: String) -> String { prepared.handles[handle]?.description ?? "" }
}
