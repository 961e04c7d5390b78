import EventLog
import Formats
import KeyLedger

/// What ended rights in the events behind the break that can still be read: revocations, rotations, removals and their
/// like. As lines for `apply` they end the same rights in the ledger that was saved, which does not know of them.
struct LostEndings {
  private enum Subject: Hashable {
    case key(KeyID, Slug)
    case scope(KeyID, Slug)
    case integration(Slug, Slug)
    case enforcement(Slug)
    case user(UserID)
    case role(UserID)
  }

  private enum Ending {
    case revoked
    /// The end of its grace, and who follows it; nil where only the grace was changed.
    case grace(until: Instant, successor: KeyID?)
    case scope(Scope)
    case role(Role)
    case over
    case withdrawn
  }

  /// The last word on each, with the number of its event.
  private var endings: [Subject: (sequence: UInt64, ending: Ending)] = [:]
  /// What no line can do, as commands, each once.
  private var commands: [(subject: Stream, command: String)] = []

  mutating func take(_ event: Event) {
    switch event.stream {
    case .key(let environment, let key): take(event, of: key, in: environment)
    case .environment(let environment): take(event, of: environment)
    case .user(let user): take(event, of: user)
    case .ledger: break
    }
  }

  private mutating func take(_ event: Event, of key: KeyID, in environment: Slug) {
    let subject = Subject.key(key, environment)
    switch event.data {
    case .keyRevoked: endings[subject] = (event.sequence, .revoked)
    case .keyRotated(_, let end, let successor):
      endings[subject] = (event.sequence, .grace(until: end, successor: successor))
    case .graceChanged(_, _, let end):
      var successor: KeyID?
      if case .grace(_, let known) = endings[subject]?.ending { successor = known }
      endings[subject] = (event.sequence, .grace(until: end, successor: successor))
    case .keyRemoved(let integration): endings[.integration(integration, environment)] = (event.sequence, .over)
    case .scopeUpdated(_, let scope): endings[.scope(key, environment)] = (event.sequence, .scope(scope))
    default: break
    }
  }

  private mutating func take(_ event: Event, of environment: Slug) {
    switch event.data {
    case .integrationDisconnected(let name): endings[.integration(name, environment)] = (event.sequence, .over)
    case .clientSecurityEnforced: endings[.enforcement(environment)] = (event.sequence, .over)
    case .clientSecurityRelaxed: endings[.enforcement(environment)] = (event.sequence, .withdrawn)
    case .clientSecuritySecretRotated: byHand(event, "client-security rotate --env \(environment)")
    default: break
    }
  }

  private mutating func take(_ event: Event, of user: UserID) {
    switch event.data {
    case .userRemoved: endings[.user(user)] = (event.sequence, .over)
    case .userRoleChanged(_, let role): endings[.role(user)] = (event.sequence, .role(role))
    case .userTokenEnded: byHand(event, "user end-token \(user)")
    case .userTokenRenewed: byHand(event, "user token \(user)")
    case .userForgotten: byHand(event, "user forget \(user)")
    default: break
    }
  }

  private mutating func byHand(_ event: Event, _ command: String) {
    commands.removeAll { $0.command == command }
    commands.append((event.stream, command))
  }
}

extension LostEndings {
  /// The lines, in the order of the events that they stand for, judged by the ledger that was saved: what it does not
  /// know, or what has ended in it, needs none. Each has an idempotency key, so that it is done once.
  func lines(_ log: any LogReader, now: Instant) throws -> [JSON] {
    try endings.sorted { $0.value.sequence < $1.value.sequence }.compactMap { subject, found in
      guard let members = try line(subject, found.ending, log, now) else { return nil }
      let key = JSONMember("idempotency_key", .string("recover-\(found.sequence)"))
      return .object(members.map { JSONMember($0.0, .string($0.1)) } + scope(found.ending) + [key])
    }
  }

  /// Commands for what `apply` can't do, about what the saved ledger knows.
  func byHand(_ log: any LogReader) throws -> [String] {
    try commands.filter { try !log.events(of: $0.subject).isEmpty }.map { "keyledger " + $0.command }
  }

  private func line(_ subject: Subject, _ ending: Ending, _ log: any LogReader, _ now: Instant) throws
    -> [(String, String)]?
  {
    switch subject {
    case .key(let id, let environment):
      guard let key = try LostEndings.key(id, environment, log), key.status(at: now).isValid else { return nil }
      return line(key, ending, now)
    case .scope(let id, let environment):
      guard case .scope(let scope) = ending, let key = try LostEndings.key(id, environment, log),
        key.status(at: now).isValid, !scope.covers(key.scope)
      else { return nil }
      return [("command", "key.scope"), ("key", "\(id)")]
    case .integration(let name, let environment):
      let state = EnvironmentState.fold(try log.events(of: .environment(environment)))
      guard state?.integrations[name]?.isConnected == true else { return nil }
      return [("command", "integration.disconnect"), ("environment", "\(environment)"), ("integration", "\(name)")]
    case .enforcement(let environment):
      let state = EnvironmentState.fold(try log.events(of: .environment(environment)))
      guard case .over = ending, state?.isEnforced == false else { return nil }
      return [("command", "client_security.enforce"), ("environment", "\(environment)")]
    case .user(let id):
      guard let user = UserState.fold(try log.events(of: .user(id))), user.removed == nil else { return nil }
      return [("command", "user.remove"), ("user", "\(id)")]
    case .role(let id):
      guard case .role(let role) = ending, let user = UserState.fold(try log.events(of: .user(id))),
        user.removed == nil, endings[.user(id)] == nil, user.role.rank > role.rank
      else { return nil }
      return [("command", "user.role"), ("user", "\(id)"), ("role", role.rawValue)]
    }
  }

  /// A default or integration key that is active can't be revoked: it is rotated, and the successor's secret handed out
  /// again, since the ledger that was saved can't know the successor that was lost.
  private func line(_ key: KeyState, _ ending: Ending, _ now: Instant) -> [(String, String)]? {
    if let name = key.integration, case .over? = endings[.integration(name, key.environment)]?.ending { return nil }
    let isExpiring = key.status(at: now) == .expiring
    let revoke = [("command", "key.revoke"), ("key", "\(key.id)")]
    func rotate(_ grace: Grace) -> [(String, String)] {
      [("command", "key.rotate"), ("key", "\(key.id)"), ("grace", grace.rawValue)]
    }
    switch ending {
    case .revoked: return isExpiring || key.kind == .scoped ? revoke : rotate(.now)
    case .grace(let end, let successor):
      let grace = LostEndings.grace(until: end, now)
      if isExpiring {
        guard let own = key.expiresAt, end < own else { return nil }
        return [("command", "key.grace"), ("key", "\(key.id)"), ("grace", grace.rawValue)]
      }
      // What follows a scoped key may itself have been revoked: then nobody is to get another.
      return key.kind == .scoped && isRevoked(successor, key.environment) ? revoke : rotate(grace)
    case .scope, .role, .over, .withdrawn: return nil
    }
  }

  /// Whether the chain of rotations from a key on ends with a revocation.
  private func isRevoked(_ key: KeyID?, _ environment: Slug) -> Bool {
    var next = key
    for _ in 0..<endings.count {
      guard let key = next else { return false }
      switch endings[.key(key, environment)]?.ending {
      case .revoked: return true
      case .grace(_, let successor): next = successor
      case .scope, .role, .over, .withdrawn, nil: return false
      }
    }
    return false
  }

  private func scope(_ ending: Ending) -> [JSONMember] {
    guard case .scope(let scope) = ending else { return [] }
    return [JSONMember("scope", .scope(scope))]
  }

  /// The longest grace that ends no later.
  private static func grace(until end: Instant, _ now: Instant) -> Grace {
    Grace.allCases.last { now.advanced(by: $0.milliseconds) <= end } ?? .now
  }

  private static func key(_ id: KeyID, _ environment: Slug, _ log: any LogReader) throws -> KeyState? {
    KeyState.fold(try log.events(of: .key(environment, id)))
  }
}

extension Role {
  /// How much it may do.
  fileprivate var rank: Int {
    switch self {
    case .owner: 2
    case .member: 1
    case .readOnly: 0
    }
  }
}
