import EventLog
import KeyLedger

/// The thing that a command answers with, taken from the states as they are after it.
enum Answers {
  /// When nothing had to change: the target as it is.
  static func unchanged(_ command: Command, _ situation: Situation) -> Answer {
    switch command {
    case .migrateEnvironment, .provisionEnvironment:
      if let environment = situation.environment { return .environment(environment, keys: situation.firstKeys) }
    case .enforceClientSecurity, .relaxClientSecurity:
      if let environment = situation.environment { return .clientSecurity(environment) }
    case .renameKey, .changeScope, .changeGrace:
      if let key = situation.key { return .key(key) }
    case .changeRole, .endToken:
      if let user = situation.user { return .user(user) }
    default: break
    }
    return .ledger(situation.ledger)
  }

  /// After its events, freshly appended or those of the first time.
  static func changed(
    _ command: Command, by events: [AppendedEvent], _ log: any LogReader, _ set: inout WorkingSet
  ) throws -> Answer {
    let ledger = try set.ledger(log)
    switch events.first?.event.stream {
    case .user(let id):
      if let user = try set.user(id, log) { return .user(user) }
    case .environment(let id):
      if let environment = try set.environment(id, log) {
        return about(environment, command, keys: try keys(of: events, log, &set))
      }
    case .key:
      return about(try keys(of: events, log, &set), command, ledger)
    case .ledger:
      if case .resourceAdded(let resource) = events.first?.event.data { return .resource(resource, ledger) }
    case nil: break
    }
    return .ledger(ledger)
  }

  private static func keys(
    of events: [AppendedEvent], _ log: any LogReader, _ set: inout WorkingSet
  ) throws -> [KeyState] {
    var found: [KeyState] = []
    for appended in events {
      if case .key(let environment, let id) = appended.event.stream, let key = try set.key(id, in: environment, log) {
        found.append(key)
      }
    }
    return found
  }

  private static func about(_ environment: EnvironmentState, _ command: Command, keys: [KeyState]) -> Answer {
    switch command {
    case .connectIntegration(let name, _, _), .disconnectIntegration(let name, _):
      if let integration = Slug(name).flatMap({ environment.integrations[$0] }) {
        return .integration(integration, in: environment, keys: keys)
      }
    case .provisionEnvironment, .migrateEnvironment: return .environment(environment, keys: keys)
    default: break
    }
    return .clientSecurity(environment)
  }

  private static func about(_ keys: [KeyState], _ command: Command, _ ledger: LedgerState) -> Answer {
    switch (command, keys.first) {
    case (.rotateKey, .some(let rotated)) where keys.count == 2: .rotation(successor: keys[1], rotated: rotated)
    case (.revealKey, .some(let key)): .reveal(key)
    case (_, .some(let key)): .key(key)
    case (_, nil): .ledger(ledger)
    }
  }
}
