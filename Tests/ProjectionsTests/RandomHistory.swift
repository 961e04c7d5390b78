import Cryptography
import EventLog
import KeyLedger
import Projections
import SeededRandom
import Testing

extension SplitMix64 {
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  mutating func hash() -> Hash256 { Hash256(words: (next(), next(), next(), next())) }
}

/// A log that grows by what the decider lets happen: commands at random, most of them sensible, some refused.
struct RandomHistory {
  var random: SplitMix64
  let log: InMemoryLog
  private(set) var now = Instant(milliseconds: 1_700_000_000_000)
  private(set) var ledger: LedgerState
  private(set) var environments: [Slug: EnvironmentState] = [:]
  private(set) var keys = KeyTableFold()
  private(set) var ids: [KeyID] = []

  init(seed: UInt64) throws {
    random = SplitMix64(seed)
    let time = Instant(milliseconds: 1_700_000_000_000)
    log = InMemoryLog(ledger: LedgerID(time: time, randomness: UInt128(seed)))
    let drafts = Decider.found(plan: .scale, by: .operator(.ada), owner: nil)
    let founding = try log.write { try $0.append(drafts, at: time, marks: EventMarks(), expected: [:]) }
    ledger = try #require(LedgerState(beginning: founding[0].event))
  }

  var size: UInt64 { keys.sequence }

  /// Issues commands until there are at least `events` more.
  mutating func grow(by events: Int) throws {
    let target = try log.read { try $0.head().size } + UInt64(events)
    while try log.read({ try $0.head().size }) < target { try issueOne() }
  }

  private mutating func issueOne() throws {
    now = now.advanced(by: Int64.random(in: 0...(random.chance(10) ? 90_000_000 : 60_000), using: &random))
    let target = ids.randomElement(using: &random).flatMap { keys.key($0) }
    let slug = environments.keys.sorted().randomElement(using: &random)
    let command = command(target, slug)
    var situation = Situation(now: now, caller: .operator(.ada), ledger: ledger)
    situation.key = target
    situation.environment = environment(for: command, slug)
    if case .disconnectIntegration(let name, _) = command {
      situation.integrationKeys = keys.keys(environment: slug).filter { $0.integration?.text == name }
    }
    let materials = Materials(
      keys: [newKey(.server), newKey(.client)], user: newUser(), signing: random.hash())
    guard let drafts = try? Decider(situation, materials).decide(command) else { return }
    try append(drafts)
  }

  private mutating func append(_ drafts: [Draft]) throws {
    let marks = EventMarks(
      idempotency: random.chance(40) ? Idempotency(key: random.hash(), request: random.hash()) : nil)
    let appended = try log.write { try $0.append(drafts, at: now, marks: marks, expected: [:]) }
    for event in appended.map(\.event) {
      keys.evolve(event)
      switch event.stream {
      case .ledger: ledger.evolve(event)
      case .environment(let id):
        if environments[id]?.evolve(event) == nil { environments[id] = EnvironmentState(beginning: event) }
      case .key(_, let id): if event.version == 1 { ids.append(id) }
      case .user: break
      }
    }
  }

  /// The one that the command names; nothing yet for one that is to be made.
  private func environment(for command: Command, _ slug: Slug?) -> EnvironmentState? {
    switch command {
    case .provisionEnvironment(let name), .migrateEnvironment(let name, _, _, _):
      Slug(name).flatMap { environments[$0] }
    default: slug.flatMap { environments[$0] }
    }
  }

  private mutating func newKey(_ keyClass: KeyClass) -> NewKey {
    NewKey(
      id: KeyID(time: now, randomness: UInt128(random.next()) << 16), fingerprint: random.hash(),
      masked: "\(keyClass.rawValue)-Mj••••••\(random.next() % 10_000)")
  }

  private mutating func newUser() -> NewUser {
    NewUser(
      id: UserID(time: now, randomness: UInt128(random.next())), commitment: random.hash(), token: random.hash())
  }
}

extension OperatorName {
  static var ada: OperatorName {
    guard let name = OperatorName("ada") else { preconditionFailure("a name") }
    return name
  }
}

// MARK: Commands

extension RandomHistory {
  private mutating func command(_ target: KeyState?, _ slug: Slug?) -> Command {
    guard let environment = slug?.text, environments.count > 1 || random.chance(90) else { return newEnvironment() }
    let key = target?.id.description ?? "none"
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<4: return newEnvironment()
    case 4..<22:
      return .createKey(environment: environment, name: name(), description: name(), scope: scope())
    case 22..<32: return .renameKey(key: key, name: name(), description: random.chance(50) ? name() : nil)
    case 32..<42: return .changeScope(key: key, scope: scope())
    case 42..<60: return .rotateKey(key: key, grace: grace())
    case 60..<68: return .changeGrace(key: key, grace: grace())
    case 68..<76: return .revokeKey(key: key)
    case 76..<80: return .revealKey(key: key)
    case 80..<86:
      return .connectIntegration(name: integration(), environment: environment, scope: scope())
    case 86..<89: return .disconnectIntegration(name: integration(), environment: environment)
    case 89..<91: return .enforceClientSecurity(environment: environment)
    case 91..<92: return .relaxClientSecurity(environment: environment)
    case 92..<94: return .rotateSigningSecret(environment: environment)
    case 94..<96: return .addUser(handle: "u\(random.next())", role: .member)
    case 96..<98:
      return .addResource(
        name: "r\(random.next() % 40)", clientReadable: random.chance(50), readOnly: random.chance(30))
    default: return .changePlan(random.chance(30) ? .starter : .scale)
    }
  }

  private mutating func newEnvironment() -> Command {
    let name = "e\(random.next() % 6)"
    guard random.chance(40) else { return .provisionEnvironment(name) }
    let token = LegacyToken(
      fingerprint: random.hash(), masked: "••••••aQ2f",
      strength: random.chance(50) ? TokenStrength(of: Array("9f8q-Zk2w-LmX7-Tr5u-Vb3n".utf8)) : nil)
    return .migrateEnvironment(name, client: nil, server: token, allowWeak: true)
  }

  private mutating func grace() -> String { Grace.allCases.randomElement(using: &random)?.rawValue ?? "now" }

  private mutating func integration() -> String { ["billing", "crm", "mail"].randomElement(using: &random) ?? "crm" }

  private mutating func scope() -> [String] {
    let names = ledger.resources.map(\.name.text)
    return (0..<Int.random(in: 1...4, using: &random)).map { _ in
      "\(names.randomElement(using: &random) ?? "customers"):\(random.chance(60) ? "read" : "write")"
    }
  }

  /// Composed and decomposed forms of one letter among them, which Swift takes for equal and a ledger does not.
  private mutating func name() -> String {
    ["Billing worker", "Caf\u{e9}", "Cafe\u{301}", "𝔘nder \"score\" \\", "job \(random.next() % 100)"]
      .randomElement(using: &random) ?? "job"
  }
}
