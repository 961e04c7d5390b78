import Cryptography
import EventLog
import KeyLedger
import Vault

/// Loads what a command concerns, at the head of the log, inside the write lock.
struct SituationLoader {
  let reader: any LogWriter
  let vault: Vault

  /// Who calls, as the head has it. Whoever is no longer there may nothing.
  func caller(_ credential: Credential, _ set: inout WorkingSet) throws -> Caller {
    switch credential {
    case .operator(let name): return .operator(name)
    case .user(let id, let token):
      guard let user = try set.user(id, reader) else { throw SituationLoader.unknownCaller }
      return .user(user, token: token)
    case .key(let environment, let id):
      guard let key = try set.key(id, in: environment, reader) else { throw SituationLoader.unknownCaller }
      return .key(key)
    case .author(let text, _): return try author(text, &set)
    }
  }

  private static let unknownCaller = Refusal(.forbidden, "The caller is not known to this ledger; authenticate again.")

  /// The actor of a backfilled command, a user by handle or id.
  private func author(_ text: String, _ set: inout WorkingSet) throws -> Caller {
    if case .operator(let name) = Actor(text) { return .operator(name) }
    if case .key(let id) = Actor(text), let key = try set.key(id, reader) { return .key(key) }
    if text.utf8.starts(with: "user:".utf8), let reference = String(text.utf8.dropFirst(5)),
      let user = try user(reference, &set)
    {
      return .user(user, token: nil)
    }
    throw Refusal(.badUsage, "The actor is none of this ledger's: give operator:NAME, user:HANDLE or key:ID.")
  }

  /// A user by id or handle.
  func user(_ reference: String, _ set: inout WorkingSet) throws -> UserState? {
    if let id = UserID(reference) { return try set.user(id, reader) }
    guard let id = try set.handleBook(reader, vault).holder(of: reference) else { return nil }
    return try set.user(id, reader)
  }

  /// The command with its user named by id, where there is one.
  func resolved(_ command: Command, _ set: inout WorkingSet) throws -> Command {
    guard let reference = command.userReference, let user = try user(reference, &set) else { return command }
    return command.naming(user: user.id.description)
  }

  func load(_ command: Command, _ situation: inout Situation, _ set: inout WorkingSet) throws {
    if let name = command.environmentReference.flatMap({ Slug($0) }) {
      situation.environment = try set.environment(name, reader)
    }
    if let id = command.keyReference.flatMap({ KeyID($0) }) {
      // To an acting key there is no other environment, so none is searched for it.
      situation.key =
        if let own = Policy.confinement(of: situation.caller) {
          try set.key(id, in: own, reader)
        } else {
          try set.key(id, reader)
        }
    }
    if let id = command.userReference.flatMap({ UserID($0) }) {
      situation.user = try set.user(id, reader)
      situation.otherOwners = try set.allUsers(reader).count { $0.isActiveOwner && $0.id != id }
    }
    switch command {
    case .addUser(let handle, _):
      situation.handleIsTaken = try set.handleBook(reader, vault).holder(of: handle) != nil
    case .disconnectIntegration(let name, _):
      guard let environment = situation.environment,
        let integration = Slug(name).flatMap({ environment.integrations[$0] })
      else { return }
      situation.integrationKeys = try set.keys(of: integration, in: environment.id, reader).filter { !$0.removed }
    case .migrateEnvironment(_, let client, let server, _):
      let tokens = [client, server].compactMap { $0?.fingerprint }
      situation.knownTokens = try set.tokens.known(among: tokens, reader, size: set.size)
      situation.firstKeys = try firstKeys(of: situation.environment, &set)
    default: return
    }
  }

  /// The two default keys that were appended with the environment, right behind it.
  private func firstKeys(of environment: EnvironmentState?, _ set: inout WorkingSet) throws -> [KeyState] {
    guard let environment else { return [] }
    var keys: [KeyState] = []
    for offset in 1...2 as ClosedRange<UInt64> {
      guard let event = try reader.event(environment.provisioned.sequence + offset),
        case .key(environment.id, let id) = event.stream, let key = try set.key(id, in: environment.id, reader)
      else { continue }
      keys.append(key)
    }
    return keys
  }
}

extension Command {
  var userReference: String? {
    switch self {
    case .changeRole(let user, _), .renewToken(let user), .endToken(let user), .removeUser(let user),
      .forgetUser(let user):
      user
    default: nil
    }
  }

  var keyReference: String? {
    switch self {
    case .renameKey(let key, _, _), .changeScope(let key, _), .rotateKey(let key, _), .changeGrace(let key, _),
      .revokeKey(let key), .revealKey(let key):
      key
    default: nil
    }
  }

  var environmentReference: String? {
    switch self {
    case .provisionEnvironment(let name), .migrateEnvironment(let name, _, _, _): name
    case .createKey(let environment, _, _, _), .connectIntegration(_, let environment, _),
      .disconnectIntegration(_, let environment), .enforceClientSecurity(let environment),
      .relaxClientSecurity(let environment), .rotateSigningSecret(let environment),
      .revealSigningSecret(let environment):
      environment
    default: nil
    }
  }

  func naming(user id: String) -> Command {
    switch self {
    case .changeRole(_, let role): .changeRole(user: id, role: role)
    case .renewToken: .renewToken(user: id)
    case .endToken: .endToken(user: id)
    case .removeUser: .removeUser(user: id)
    case .forgetUser: .forgetUser(user: id)
    default: self
    }
  }
}
