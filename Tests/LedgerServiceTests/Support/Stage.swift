import Cryptography
import KeyLedger

@testable import LedgerService

/// Every command that changes a whole ledger, by name.
enum CommandName: String, CaseIterable {
  case addUser, changeRole, renewToken, endToken, removeUser, forgetUser, changePlan, addResource, provision, migrate
  case createKey, renameKey, changeScope, rotateKey, changeGrace, revokeKey, revealKey, connect, disconnect
  case enforce, relax, rotateSigning, revealSigning
}

/// A ledger in which every command has something to do.
final class Stage {
  let ledger: TestLedger
  let writer: Writer
  private let member: UserID
  private let removed: UserID
  private let scoped: KeyState
  private let expiring: KeyState

  init() throws {
    ledger = try TestLedger()
    writer = try ledger.writer()
    member = try writer.addUser("member@example.com")
    removed = try writer.addUser("removed@example.com")
    try writer.operate(.removeUser(user: removed.description))
    try writer.provision("production")
    try writer.provision("staging")
    try writer.operate(.enforceClientSecurity(environment: "staging"))
    scoped = try writer.makeKey("production", ["customers:read"]).0
    expiring = try writer.makeKey("production", ["customers:read"]).0
    try writer.operate(.rotateKey(key: expiring.id.description, grace: "24h"))
    try writer.operate(.connectIntegration(name: "mailer", environment: "production", scope: ["read_only"]))
    ledger.clock.advance(1_000)
  }

  static let legacy = SecretBytes(Array("legacy-Gk3vQ9zX7mB2tR5wY8pL".utf8))

  func request(_ name: CommandName, key: String? = nil) -> Request {
    var request = Request.ask(command(name), key: key)
    if name == .migrate { request.legacySecrets = LegacySecrets(server: Stage.legacy) }
    return request
  }

  func command(_ name: CommandName) -> Command {
    switch name {
    case .addUser: .addUser(handle: "new@example.com", role: .member)
    case .changeRole: .changeRole(user: member.description, role: .readOnly)
    case .renewToken: .renewToken(user: member.description)
    case .endToken: .endToken(user: member.description)
    case .removeUser: .removeUser(user: member.description)
    case .forgetUser: .forgetUser(user: removed.description)
    case .changePlan: .changePlan(.starter)
    case .addResource: .addResource(name: "invoices", clientReadable: true, readOnly: false)
    case .provision: .provisionEnvironment("testing")
    case .migrate:
      .migrateEnvironment(
        "old", client: nil, server: Stage.legacy.withBytes(SecretForm.legacyToken), allowWeak: false)
    default: keyCommand(name)
    }
  }

  private func keyCommand(_ name: CommandName) -> Command {
    let key = scoped.id.description
    switch name {
    case .createKey:
      return .createKey(
        environment: "production", name: "new", description: "", scope: ["customers:read", "read_only"])
    case .renameKey: return .renameKey(key: key, name: "renamed", description: nil)
    case .changeScope: return .changeScope(key: key, scope: ["coupons:read", "customers:write"])
    case .rotateKey: return .rotateKey(key: key, grace: "1h")
    case .changeGrace: return .changeGrace(key: expiring.id.description, grace: "7d")
    case .revokeKey: return .revokeKey(key: key)
    case .revealKey: return .revealKey(key: key)
    case .connect: return .connectIntegration(name: "crm", environment: "production", scope: ["coupons:read"])
    case .disconnect: return .disconnectIntegration(name: "mailer", environment: "production")
    case .enforce: return .enforceClientSecurity(environment: "production")
    case .relax: return .relaxClientSecurity(environment: "staging")
    case .rotateSigning: return .rotateSigningSecret(environment: "production")
    case .revealSigning: return .revealSigningSecret(environment: "production")
    default: preconditionFailure("not a command about an environment's things")
    }
  }
}
