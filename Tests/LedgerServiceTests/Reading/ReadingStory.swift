import Cryptography
import KeyLedger
import LedgerService

/// A ledger in which everything that reads can show has happened, and what a test needs to ask about it.
struct ReadingStory {
  let ledger: ReadingLedger
  /// Secrets by a name of the story.
  private(set) var secrets: [String: SecretBytes] = [:]
  private(set) var keys: [String: KeyID] = [:]
  private(set) var users: [String: UserID] = [:]

  init() throws {
    ledger = try ReadingLedger()
    try environments()
    try scopedKeys()
    try integrations()
    try people()
    // A grace of 24 hours, which time alone ends.
    ledger.clock.advance(25 * 3_600_000)
    try ledger.run(.changePlan(.starter))
  }

  private mutating func environments() throws {
    for name in ["production", "staging"] {
      let made = try ledger.run(.provisionEnvironment(name))
      for kind in [KeyKind.fullAccess, .publishable] {
        try note("\(name) \(kind.rawValue)", try made.keyOf(kind), made)
      }
    }
    try ledger.run(.enforceClientSecurity(environment: "production"))
    let made = try ledger.run(.rotateSigningSecret(environment: "staging"))
    secrets["staging signing"] = try ledger.run(.revealSigningSecret(environment: "staging")).secret
    secrets["staging signing"] = secrets["staging signing"] ?? made.secret
    secrets["production signing"] = try ledger.run(.revealSigningSecret(environment: "production")).secret
  }

  private mutating func scopedKeys() throws {
    let billing = try ledger.run(
      .createKey(environment: "production", name: "Billing", description: "", scope: ["customers:read"]))
    try note("billing", try billing.onlyKey, billing)
    let id = try billing.onlyKey.id.description
    try ledger.run(.renameKey(key: id, name: "Billing worker", description: "nightly"))
    try ledger.run(.changeScope(key: id, scope: ["customers:write", "subscriptions:read"]))
    let rotated = try ledger.run(.rotateKey(key: id, grace: "1h"))
    try note("billing 2", try rotated.onlyKey, rotated)
    try ledger.run(.changeGrace(key: id, grace: "24h"))
    try ledger.run(.revealKey(key: id))
    let leaked = try ledger.run(
      .createKey(environment: "production", name: "Leaked", description: "", scope: ["read_only"]))
    try note("leaked", try leaked.onlyKey, leaked)
    try ledger.run(.revokeKey(key: try leaked.onlyKey.id.description))
    try ledger.run(.addResource(name: "invoices", clientReadable: true, readOnly: false))
    guard let publishable = keys["staging publishable"] else { throw ReadingLedger.Nothing() }
    let renewed = try ledger.run(.rotateKey(key: publishable.description, grace: "now"))
    try note("staging publishable 2", try renewed.onlyKey, renewed)
  }

  private mutating func integrations() throws {
    let made = try ledger.run(
      .connectIntegration(name: "zapier", environment: "production", scope: ["coupons:read"]))
    try note("zapier", try made.onlyKey, made)
    let rotated = try ledger.run(.rotateKey(key: try made.onlyKey.id.description, grace: "7d"))
    try note("zapier 2", try rotated.onlyKey, rotated)
    try ledger.run(.connectIntegration(name: "segment", environment: "staging", scope: ["customers:read"]))
    try ledger.run(.disconnectIntegration(name: "zapier", environment: "production"))
  }

  private mutating func people() throws {
    for (handle, role) in [("ben@example.com", Role.member), ("cleo@example.com", .readOnly)] {
      guard case .user(let user) = try ledger.run(.addUser(handle: handle, role: role)).answer else {
        throw ReadingLedger.Nothing()
      }
      users[handle] = user.id
    }
    try ledger.run(.changeRole(user: "ben@example.com", role: .owner))
    try ledger.run(.removeUser(user: "cleo@example.com"))
    try ledger.run(.forgetUser(user: "cleo@example.com"))
  }

  private mutating func note(_ name: String, _ key: KeyState, _ outcome: Outcome) throws {
    keys[name] = key.id
    secrets[name] = try outcome.secret(of: key)
  }

  func secret(_ name: String) throws -> SecretBytes {
    guard let secret = secrets[name] else { throw ReadingLedger.Nothing() }
    return secret
  }

  func key(_ name: String) throws -> String {
    guard let key = keys[name] else { throw ReadingLedger.Nothing() }
    return key.description
  }
}
