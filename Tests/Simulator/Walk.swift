import Cryptography
import KeyLedger
import LedgerService
import SeededRandom
import Synchronization

/// What users, keys and operators want done next: at random, and of things that the world knows.
struct Walk {
  private static let environments = ["production", "staging"]
  private static let permissions = [
    "customers:read", "customers:write", "coupons:read", "subscriptions:write", "r1:read", "r2:write", "api_keys:read",
    "api_keys:write", "read_only",
  ]

  private var asked = 0

  mutating func next(_ world: World, _ random: inout SplitMix64) -> Request {
    asked += 1
    var request = Request(command(world, &random), by: caller(world, &random))
    request.idempotencyKey = "walk-\(asked)"
    return request
  }

  private func caller(_ world: World, _ random: inout SplitMix64) -> Credential {
    switch random.below(8) {
    case 0: .user(world.owner, token: world.ownerToken)
    case 1 where !world.keys.isEmpty:
      // It may have ended meanwhile, or never have been allowed that: then it is refused.
      world.keys.isEmpty ? .operator(World.operatorName) : asKey(random.pick(world.keys.map(\.state)))
    default: .operator(World.operatorName)
    }
  }

  private func asKey(_ key: KeyState) -> Credential { .key(key.environment, key.id) }

  private func command(_ world: World, _ random: inout SplitMix64) -> Command {
    let key = world.keys.isEmpty ? "none" : random.pick(world.keys).state.id.description
    let environment = random.pick(Walk.environments)
    let grace = random.pick(Grace.allCases).rawValue
    switch random.below(24) {
    case 0: return .provisionEnvironment(environment)
    case 1..<5: return .createKey(environment: environment, name: "job", description: "", scope: scope(&random))
    case 5..<8: return .changeScope(key: key, scope: scope(&random))
    case 8..<12: return .rotateKey(key: key, grace: grace)
    case 12: return .changeGrace(key: key, grace: grace)
    case 13, 14: return .revokeKey(key: key)
    case 15: return .revealKey(key: key)
    case 16: return .renameKey(key: key, name: "job \(random.below(100))", description: nil)
    case 17: return .connectIntegration(name: "crm", environment: environment, scope: scope(&random))
    case 18: return .disconnectIntegration(name: "crm", environment: environment)
    case 19: return .enforceClientSecurity(environment: environment)
    case 20: return .rotateSigningSecret(environment: environment)
    case 21: return .relaxClientSecurity(environment: environment)
    case 22: return .addUser(handle: "u\(random.below(4))@example.com", role: random.pick(Role.allCases))
    default: return .removeUser(user: "u\(random.below(4))@example.com")
    }
  }

  private func scope(_ random: inout SplitMix64) -> [String] {
    (0...random.below(2)).map { _ in random.pick(Walk.permissions) }
  }
}

/// A clock that does what it likes.
final class WildClock: Clock {
  private let time = Mutex<Int64>(1_700_000_000_000)

  func now() -> Instant { Instant(milliseconds: time.withLock { $0 }) }

  /// On by up to some hours, and now and then back.
  func move(_ random: inout SplitMix64) {
    let step: Int64 =
      switch random.below(8) {
      case 0: 0
      case 1: -Int64(random.below(3_600_000))
      case 2: Int64(random.below(9 * 3_600_000))
      default: Int64(random.below(60_000))
      }
    time.withLock { $0 += step }
  }
}
