import Cryptography
import KeyLedger
import LedgerService
import SeededRandom

/// A real ledger in which commands happened at random, with the secrets of all its keys. The same from the same seed.
struct RandomLedger {
  let ledger: ReadingLedger
  private(set) var secrets: [KeyID: SecretBytes] = [:]
  private(set) var users: [UserID] = []
  private var random: SplitMix64
  private var keys: [KeyID] = []

  static let environments = ["production", "staging"]
  static let permissions = [
    "customers:read", "customers:write", "coupons:read", "r1:read", "r2:write", "api_keys:read",
  ]

  init(seed: UInt64, commands: Int) throws {
    ledger = try ReadingLedger()
    random = SplitMix64(seed)
    for name in RandomLedger.environments { try note(try ledger.run(.provisionEnvironment(name))) }
    for _ in 0..<commands {
      // Now and then several in one millisecond or a second, mostly hours.
      ledger.clock.advance(Int64(random.below(4) == 0 ? 0 : random.below(9 * 3_600_000)) - 1_000)
      do {
        try note(try ledger.run(command()))
      } catch is Refusal {}
    }
    ledger.clock.advance(30 * 3_600_000)
    // So that time alone has had an event after it, and not only before it.
    try note(try ledger.run(.addResource(name: "last", clientReadable: true, readOnly: false)))
  }

  private mutating func note(_ outcome: Outcome) throws {
    for (id, secret) in outcome.secrets {
      secrets[id] = secret
      keys.append(id)
    }
    if case .user(let user) = outcome.answer, !users.contains(user.id) { users.append(user.id) }
  }

  private mutating func command() -> Command {
    let key = keys.isEmpty ? "none" : keys[random.below(keys.count)].description
    let environment = RandomLedger.environments[random.below(2)]
    let grace = Grace.allCases[random.below(5)].rawValue
    switch random.below(20) {
    case 0..<4: return .createKey(environment: environment, name: "job", description: "", scope: scope())
    case 4..<8: return .changeScope(key: key, scope: scope())
    case 8..<11: return .rotateKey(key: key, grace: grace)
    case 11: return .changeGrace(key: key, grace: grace)
    case 12: return .revokeKey(key: key)
    case 13: return .revealKey(key: key)
    case 14: return .connectIntegration(name: "crm", environment: environment, scope: scope())
    case 15: return .disconnectIntegration(name: "crm", environment: environment)
    case 16: return .addResource(name: "r\(1 + random.below(3))", clientReadable: random.below(2) == 0, readOnly: false)
    case 17: return .addUser(handle: "u\(random.below(4))", role: role())
    case 18: return .changeRole(user: "u\(random.below(4))", role: role())
    default: return .removeUser(user: "u\(random.below(4))")
    }
  }

  private mutating func role() -> Role { Role.allCases[random.below(3)] }

  private mutating func scope() -> [String] {
    (0...random.below(2)).map { _ in RandomLedger.permissions[random.below(RandomLedger.permissions.count)] }
  }

  /// Every moment at which something can have changed, and the milliseconds beside it, up to now.
  func instants(_ queries: Queries) throws -> [Instant] {
    let now = try queries.moment()
    var times: Set<Instant> = []
    try queries.events(EventFilter(), at: now) { event, _ in
      times.insert(event.time)
      return true
    }
    times.formUnion(try queries.keys(KeyFilter(includeRemoved: true), at: now).compactMap(\.expiresAt))
    return Set(times.flatMap { [$0.advanced(by: -1), $0, $0.advanced(by: 1)] }).filter { $0 <= now.time }.sorted()
  }
}
