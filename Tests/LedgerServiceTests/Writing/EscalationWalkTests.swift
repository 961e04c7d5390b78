import Cryptography
import EventLog
import KeyLedger
import SeededRandom
import Testing

@testable import LedgerService

/// Whoever holds some secrets and tries everything never comes to hold more than was given.
@Suite struct EscalationWalkTests {
  enum Start: String, CaseIterable { case scoped, narrow, readOnly, fullAccess, integration }

  @Test(arguments: Start.allCases, [UInt64(1), 2, 3])
  func `A random walk of acting keys never reaches more than it held`(_ start: Start, seed: UInt64) throws {
    var walk = try Attack(start, seed)
    for _ in 0..<300 { try walk.step() }
    #expect(walk.done > 0 || start == .readOnly)
    for event in try walk.ledger.events() {
      guard case .key(let actor) = event.actor else { continue }
      #expect(walk.known.contains(actor), "an actor that was never its own")
      guard case .key(Attack.home, _) = event.stream else {
        Issue.record("\(event.stream) was changed by a key")
        continue
      }
    }
  }
}

/// Somebody with a key, its ledger, and an operator who goes on working meanwhile.
private struct Attack {
  static let home: Slug = {
    guard let slug = Slug("home") else { preconditionFailure("home is a slug") }
    return slug
  }()
  private static let words = [
    "customers:read", "customers:write", "subscriptions:read", "coupons:write", "api_keys:read", "api_keys:write",
    "read_only", "api_keys_write", "full_access", "*", "event_queue:read", "nowhere:read",
  ]

  let ledger: TestLedger
  private let writer: Writer
  private var random: SplitMix64
  /// Everything that was ever given to a key whose secret the attacker knows, but for what it gave itself.
  private var given = Scope.permissions([])
  /// The keys whose secrets the attacker knows.
  private(set) var known: [KeyID] = []
  private var all: [KeyID] = []
  /// What the attacker did that was not refused.
  private(set) var done = 0

  init(_ start: EscalationWalkTests.Start, _ seed: UInt64) throws {
    ledger = try TestLedger()
    writer = try ledger.writer()
    random = SplitMix64(seed)
    let keys = try writer.provision("home")
    all = keys.map(\.id) + (try writer.provision("abroad")).map(\.id)
    try writer.operate(.connectIntegration(name: "mailer", environment: "home", scope: ["read_only"]))
    let integration = try writer.operate(
      .connectIntegration(name: "crm", environment: "home", scope: ["customers:read", "api_keys:write"]))
    for scope in [["read_only"], ["customers:write"], ["api_keys:write", "coupons:write"], ["subscriptions:read"]] {
      for environment in ["home", "abroad"] { all.append(try writer.makeKey(environment, scope).0.id) }
    }
    switch start {
    case .scoped: give(try writer.makeKey("home", ["customers:write", "api_keys:write", "coupons:read"]).0)
    case .narrow: give(try writer.makeKey("home", ["api_keys:write"]).0)
    case .readOnly: give(try writer.makeKey("home", ["read_only"]).0)
    case .fullAccess: give(keys[0])
    case .integration:
      if case .integration(_, _, let keys) = integration.answer, let key = keys.first { give(key) }
    }
  }

  private mutating func give(_ key: KeyState) {
    given = given.with(Attack.reach(key))
    learn(key)
  }

  private mutating func learn(_ key: KeyState) {
    known.append(key.id)
    all.append(key.id)
  }

  private static func reach(_ key: KeyState) -> Scope { key.kind == .fullAccess ? .everything : key.scope }

  private mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: 0..<list.count, using: &random)] }

  private mutating func scope() -> [String] {
    (0..<Int.random(in: 1...3, using: &random)).map { _ in pick(Attack.words) }
  }

  mutating func step() throws {
    ledger.clock.advance(Int64.random(in: 0...1_800_000, using: &random))
    if Int.random(in: 0..<6, using: &random) == 0 { return try operate() }
    let actor = pick(known)
    let before = try state(actor)
    let command = attempt()
    let result = writer.run([.ask(command, by: .key(Attack.home, actor))])[0]
    guard case .success(let outcome) = result else { return }
    done += 1
    #expect(before.status(at: ledger.clock.now()) == .active, "\(actor) acted when it had ended")
    for id in outcome.secrets.keys {
      let key = try state(id)
      #expect(Attack.reach(before).covers(Attack.reach(key)), "\(actor) learned \(key)")
      learn(key)
    }
    #expect(outcome.secret == nil, "a reveal by a key")
    try expectWithin(command)
  }

  private mutating func attempt() -> Command {
    let key = pick(Bool.random(using: &random) ? known : all).description
    let environment = Int.random(in: 0..<4, using: &random) == 0 ? "abroad" : "home"
    let grace = pick(["now", "1h", "7d"])
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1: return .createKey(environment: environment, name: "n", description: "", scope: scope())
    case 2, 3, 4: return .changeScope(key: key, scope: scope())
    // Not the last way in: with grace, now and then.
    case 5, 6: return .rotateKey(key: key, grace: grace)
    case 7: return .changeGrace(key: key, grace: grace)
    case 8: return .renameKey(key: key, name: "m\(Int.random(in: 0..<9, using: &random))", description: nil)
    case 9: return pick([.revokeKey(key: key), .revealKey(key: key)])
    case 10:
      return pick([.revealSigningSecret(environment: environment), .rotateSigningSecret(environment: environment)])
    default:
      return pick([
        .connectIntegration(name: "own", environment: environment, scope: ["read_only"]),
        .disconnectIntegration(name: "crm", environment: environment), .provisionEnvironment("own"),
        .addUser(handle: "me", role: .owner), .changePlan(.starter),
      ])
    }
  }

  /// The operator makes keys, narrows and widens them.
  private mutating func operate() throws {
    if try !known.contains(where: { try state($0).status(at: ledger.clock.now()) == .active }) {
      // Otherwise the walk would stand still.
      return give(try writer.makeKey("home", [pick(["customers:read", "api_keys:write"])]).0)
    }
    let environment = pick(["home", "abroad"])
    if Bool.random(using: &random) {
      let (key, _) = try writer.makeKey(environment, [pick(["read_only", "customers:write", "api_keys:write"])])
      all.append(key.id)
      return
    }
    let target = try state(pick(all))
    guard target.kind == .scoped, target.status(at: ledger.clock.now()).isValid else { return }
    let scope = pick([["customers:read"], ["api_keys:write"], ["coupons:read", "api_keys:write"]])
    try writer.operate(.changeScope(key: target.id.description, scope: scope))
    // What the operator gives to a key that the attacker knows is given.
    if known.contains(target.id) { given = given.with(try state(target.id).scope) }
  }

  private func state(_ id: KeyID) throws -> KeyState {
    for name in ["home", "abroad"] {
      guard let environment = Slug(name) else { continue }
      let events = try writer.log.read { try $0.events(of: .key(environment, id)) }
      if let key = KeyState.fold(events) { return key }
    }
    throw Refusal(.notFound, "\(id)")
  }

  /// Everything that the secrets in hand reach now was given to one of them at some time.
  private func expectWithin(_ command: Command) throws {
    for id in known {
      let key = try state(id)
      #expect(key.environment == Attack.home)
      let reach = Attack.reach(key)
      #expect(given.covers(reach), "\(command) let \(id) reach \(reach) of \(given)")
    }
  }
}

extension Scope {
  fileprivate func with(_ other: Scope) -> Scope {
    guard case .permissions(let here) = self, case .permissions(let there) = other else { return .everything }
    return Scope(granting: here + there)
  }
}
