import Formats
import KeyLedger

/// The types of events, as records name them (contract §2). A file format: a name is never changed and never reused.
enum EventType: CaseIterable, Sendable {
  case ledgerCreated, ledgerRestored, planChanged, resourceAdded
  case userAdded, userRoleChanged, userTokenRenewed, userTokenEnded, userRemoved, userForgotten
  case environmentProvisioned, integrationConnected, integrationDisconnected
  case clientSecurityEnforced, clientSecurityRelaxed, clientSecuritySecretRotated, clientSecuritySecretRevealed
  case keyCreated, keyMigrated, keyRenamed, scopeUpdated, keyRotated, graceChanged, keyRevoked, keyRevealed, keyRemoved

  var name: StaticString {
    switch self {
    case .ledgerCreated: "ledger.created"
    case .ledgerRestored: "ledger.restored"
    case .planChanged: "plan.changed"
    case .resourceAdded: "resource.added"
    case .userAdded: "user.added"
    case .userRoleChanged: "user.role_changed"
    case .userTokenRenewed: "user.token_renewed"
    case .userTokenEnded: "user.token_ended"
    case .userRemoved: "user.removed"
    case .userForgotten: "user.forgotten"
    case .environmentProvisioned: "environment.provisioned"
    case .integrationConnected: "integration.connected"
    case .integrationDisconnected: "integration.disconnected"
    case .clientSecurityEnforced: "client_security.enforced"
    case .clientSecurityRelaxed: "client_security.relaxed"
    case .clientSecuritySecretRotated: "client_security.secret_rotated"
    case .clientSecuritySecretRevealed: "client_security.secret_revealed"
    case .keyCreated: "key.created"
    case .keyMigrated: "key.migrated"
    case .keyRenamed: "key.renamed"
    case .scopeUpdated: "scope.updated"
    case .keyRotated: "key.rotated"
    case .graceChanged: "grace.changed"
    case .keyRevoked: "key.revoked"
    case .keyRevealed: "key.revealed"
    case .keyRemoved: "key.removed"
    }
  }

  /// The types by the length of their names, which leaves five to compare at most.
  private static let byLength: (types: [EventType], starts: [Int]) = {
    let types = allCases.sorted { $0.name.utf8CodeUnitCount < $1.name.utf8CodeUnitCount }
    let starts = (0...33).map { length in types.count { $0.name.utf8CodeUnitCount < length } }
    return (types, starts)
  }()

  /// Nil for a name that is none of ours.
  init?(_ name: Span<UInt8>) {
    let (types, starts) = EventType.byLength
    guard name.count + 1 < starts.count else { return nil }
    for index in starts[name.count]..<starts[name.count + 1] where name.equals(types[index].name, at: 0) {
      self = types[index]
      return
    }
    return nil
  }

  /// Whether events of this type stand in a stream of that kind.
  func belongs(to stream: Stream) -> Bool {
    switch self {
    case .ledgerCreated, .ledgerRestored, .planChanged, .resourceAdded:
      if case .ledger = stream { true } else { false }
    case .userAdded, .userRoleChanged, .userTokenRenewed, .userTokenEnded, .userRemoved, .userForgotten:
      if case .user = stream { true } else { false }
    case .environmentProvisioned, .integrationConnected, .integrationDisconnected, .clientSecurityEnforced,
      .clientSecurityRelaxed, .clientSecuritySecretRotated, .clientSecuritySecretRevealed:
      if case .environment = stream { true } else { false }
    case .keyCreated, .keyMigrated, .keyRenamed, .scopeUpdated, .keyRotated, .graceChanged, .keyRevoked, .keyRevealed,
      .keyRemoved:
      if case .key = stream { true } else { false }
    }
  }
}

extension EventData {
  /// The type of an event with this data.
  var type: EventType {
    switch self {
    case .ledgerCreated: .ledgerCreated
    case .ledgerRestored: .ledgerRestored
    case .planChanged: .planChanged
    case .resourceAdded: .resourceAdded
    case .userAdded: .userAdded
    case .userRoleChanged: .userRoleChanged
    case .userTokenRenewed: .userTokenRenewed
    case .userTokenEnded: .userTokenEnded
    case .userRemoved: .userRemoved
    case .userForgotten: .userForgotten
    case .environmentProvisioned: .environmentProvisioned
    case .integrationConnected: .integrationConnected
    case .integrationDisconnected: .integrationDisconnected
    case .clientSecurityEnforced: .clientSecurityEnforced
    case .clientSecurityRelaxed: .clientSecurityRelaxed
    case .clientSecuritySecretRotated: .clientSecuritySecretRotated
    case .clientSecuritySecretRevealed: .clientSecuritySecretRevealed
    case .keyCreated: .keyCreated
    case .keyMigrated: .keyMigrated
    case .keyRenamed: .keyRenamed
    case .scopeUpdated: .scopeUpdated
    case .keyRotated: .keyRotated
    case .graceChanged: .graceChanged
    case .keyRevoked: .keyRevoked
    case .keyRevealed: .keyRevealed
    case .keyRemoved: .keyRemoved
    }
  }
}

extension Span<UInt8> {
  func equals(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && equals(text, at: 0) }

  func starts(with text: StaticString) -> Bool { equals(text, at: 0) }
}
