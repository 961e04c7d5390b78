import Cryptography
import Formats
import KeyLedger

/// What makes two requests the same: the SHA-256 of the canonical JSON of what is asked, with nothing secret in it. A new
/// user's handle stands as its commitment, an existing user as its id (as the command has been resolved to name it), a token
/// as its fingerprint.
struct RequestHash {
  /// The commitment to a new user's handle.
  let commitment: Hash256?

  func hash(_ command: Command) -> Hash256 { Hash256(SHA256.hash(JSON.object(members(command)).canonical())) }

  private func members(_ command: Command) -> [JSONMember] {
    switch command {
    case .addUser, .changeRole, .renewToken, .endToken, .removeUser, .forgetUser: userMembers(command)
    case .createKey, .renameKey, .changeScope, .rotateKey, .changeGrace, .revokeKey, .revealKey: keyMembers(command)
    case .changePlan(let plan): named("plan", [("plan", .string(plan.rawValue))])
    case .addResource(let name, let clientReadable, let readOnly):
      named(
        "resource.add",
        [("resource", .string(name)), ("client_readable", .bool(clientReadable)), ("read_only", .bool(readOnly))])
    case .provisionEnvironment(let name): named("environment.create", [("environment", .string(name))])
    case .migrateEnvironment(let name, let client, let server, let allowWeak):
      named(
        "environment.migrate",
        [
          ("environment", .string(name)), ("client_token", fingerprint(client)), ("server_token", fingerprint(server)),
          ("allow_weak", .bool(allowWeak)),
        ])
    case .connectIntegration(let name, let environment, let scope):
      named(
        "integration.connect",
        [("integration", .string(name)), ("environment", .string(environment)), ("scope", list(scope))])
    case .disconnectIntegration(let name, let environment):
      named("integration.disconnect", [("integration", .string(name)), ("environment", .string(environment))])
    case .enforceClientSecurity(let environment): clientSecurity("enforce", environment)
    case .relaxClientSecurity(let environment): clientSecurity("relax", environment)
    case .rotateSigningSecret(let environment): clientSecurity("rotate", environment)
    case .revealSigningSecret(let environment): clientSecurity("reveal", environment)
    case .acceptRestored(let reason): named("accept-restore", [("reason", .string(reason))])
    }
  }

  private func userMembers(_ command: Command) -> [JSONMember] {
    switch command {
    case .addUser(_, let role):
      named(
        "user.add",
        [("commitment", commitment.map { .string(Hex.encode($0.bytes)) } ?? .null), ("role", .string(role.rawValue))])
    case .changeRole(let user, let role):
      named("user.role", [("user", .string(user)), ("role", .string(role.rawValue))])
    case .renewToken(let user): named("user.token", [("user", .string(user))])
    case .endToken(let user): named("user.end-token", [("user", .string(user))])
    case .removeUser(let user): named("user.remove", [("user", .string(user))])
    case .forgetUser(let user): named("user.forget", [("user", .string(user))])
    default: preconditionFailure("not a command about users")
    }
  }

  private func keyMembers(_ command: Command) -> [JSONMember] {
    switch command {
    case .createKey(let environment, let name, let description, let scope):
      named(
        "key.create",
        [
          ("environment", .string(environment)), ("name", .string(name)), ("description", .string(description)),
          ("scope", list(scope)),
        ])
    case .renameKey(let key, let name, let description):
      named(
        "key.rename",
        [
          ("key", .string(key)), ("name", name.map { .string($0) } ?? .null),
          ("description", description.map { .string($0) } ?? .null),
        ])
    case .changeScope(let key, let scope): named("key.scope", [("key", .string(key)), ("scope", list(scope))])
    case .rotateKey(let key, let grace): named("key.rotate", [("key", .string(key)), ("grace", .string(grace))])
    case .changeGrace(let key, let grace): named("key.grace", [("key", .string(key)), ("grace", .string(grace))])
    case .revokeKey(let key): named("key.revoke", [("key", .string(key))])
    case .revealKey(let key): named("key.reveal", [("key", .string(key))])
    default: preconditionFailure("not a command about a key")
    }
  }

  private func named(_ command: String, _ fields: [(String, JSON)]) -> [JSONMember] {
    [JSONMember("command", .string(command))] + fields.map { JSONMember($0, $1) }
  }

  private func clientSecurity(_ verb: String, _ environment: String) -> [JSONMember] {
    named("client_security." + verb, [("environment", .string(environment))])
  }

  /// The order in which permissions are asked for says nothing.
  private func list(_ words: [String]) -> JSON {
    .array(words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { .string($0) })
  }

  private func fingerprint(_ token: LegacyToken?) -> JSON {
    token.map { .string(Hex.encode($0.fingerprint.bytes)) } ?? .null
  }
}

/// The key by which a repeat is found: it belongs to its actor.
enum IdempotencyKey {
  static let lengths = 1...255

  /// Whether it is 1 to 255 printable ASCII characters.
  static func isValid(_ key: String) -> Bool {
    lengths.contains(key.utf8.count) && key.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
  }

  static func hash(_ key: String, of actor: Actor) -> Hash256 {
    Hash256(SHA256.hash(Array(actor.description.utf8) + [0] + Array(key.utf8)))
  }
}
