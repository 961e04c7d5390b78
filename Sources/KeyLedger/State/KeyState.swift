/// A key as its events have left it. Its status is not stored: it is computed from this and the moment asked about.
public struct KeyState: Equatable, Sendable {
  // What one event after another looks at and changes stands together: a fold of a long log waits for memory above all.
  public let id: KeyID
  public let environment: Slug
  /// The version of the key's stream.
  public private(set) var revision: UInt64
  public private(set) var lastEvent: UInt64
  public private(set) var ending: Ending?
  public private(set) var name: String
  public private(set) var description: String
  public private(set) var scope: Scope
  public private(set) var successor: KeyID?
  /// A removed key has left the key table; its history stays.
  public private(set) var removed = false

  public let kind: KeyKind
  public let fingerprint: Hash256
  public let masked: String
  public let predecessor: KeyID?
  public let integration: Slug?
  /// Whether the secret was ever in the vault: a token migrated as its SHA-256 never was.
  public let revealable: Bool
  public let createdAt: Instant
  public let createdBy: Actor
  /// The number of its first event, by which lists are ordered.
  public let firstEvent: UInt64
  /// Whether it came from another system with its secret.
  public let migrated: Bool

  /// Nil for an event that does not begin a key.
  public init?(beginning event: Event) {
    guard case .key(let environment, let id) = event.stream else { return nil }
    switch event.data {
    case .keyCreated(let record):
      self.init(id: id, environment: environment, record: record, event: event, migrated: false)
    case .keyMigrated(let record):
      self.init(id: id, environment: environment, record: record, event: event, migrated: true)
    default: return nil
    }
  }

  private init(id: KeyID, environment: Slug, record: KeyRecord, event: Event, migrated: Bool) {
    self.init(
      id: id, environment: environment, record: record, createdAt: event.time, createdBy: event.actor,
      firstEvent: event.sequence, migrated: migrated, successor: nil, ending: nil, removed: false,
      revision: event.version, lastEvent: event.sequence)
  }

  /// The state as a projection kept it.
  public init(
    id: KeyID, environment: Slug, record: KeyRecord, createdAt: Instant, createdBy: Actor, firstEvent: UInt64,
    migrated: Bool, successor: KeyID?, ending: Ending?, removed: Bool, revision: UInt64, lastEvent: UInt64
  ) {
    self.id = id
    self.environment = environment
    kind = record.kind
    fingerprint = record.fingerprint
    masked = record.masked
    predecessor = record.predecessor
    integration = record.integration
    revealable = record.revealable
    name = record.name
    description = record.description
    scope = record.scope
    self.createdAt = createdAt
    self.createdBy = createdBy
    self.firstEvent = firstEvent
    self.migrated = migrated
    self.successor = successor
    self.ending = ending
    self.removed = removed
    self.revision = revision
    self.lastEvent = lastEvent
  }

  /// The state after one more event of its stream. Total: an event of another kind moves only the revision.
  public mutating func evolve(_ event: Event) {
    let one = CollectionOfOne(event)
    evolve(one.span, 0)
  }

  /// As above, of event number `index` of these, where it lies: to hand it over would copy it with all of its texts, which
  /// takes longer than this.
  public mutating func evolve(_ events: Span<Event>, _ index: Int) {
    revision = events[index].version
    lastEvent = events[index].sequence
    ending = Ending.after(events, index, on: ending)
    switch events[index].data {
    case .keyRenamed(let name, let description):
      self.name = name
      self.description = description
    case .scopeUpdated(_, let after):
      scope = after
    case .keyRotated(_, _, let successor):
      self.successor = successor
    case .keyRemoved:
      removed = true
    default: break
    }
  }
}

/// What a key is worth at a moment.
public enum KeyStatus: Hashable, Sendable {
  case active
  /// Rotated, and still valid.
  case expiring
  case expired(EndReason)

  public var word: String {
    switch self {
    case .active: "active"
    case .expiring: "expiring"
    case .expired: "expired"
    }
  }

  public var isValid: Bool { self == .active || self == .expiring }
}

extension KeyState {
  /// Valid while now < expires_at; a key that an event ended stays ended even when `now` lies before it.
  public func status(at now: Instant) -> KeyStatus {
    guard let ending else { return .active }
    return !ending.isUnconditional && now < ending.at ? .expiring : .expired(ending.because)
  }

  /// The end of the grace, or the moment of the revocation or removal.
  public var expiresAt: Instant? { ending?.at }

  /// What it may do, given the catalogue: a default key inherits what was added since it was made.
  public func effectiveScope(in ledger: LedgerState) -> Scope {
    switch kind {
    case .fullAccess: .everything
    case .publishable: ledger.clientReadableScope
    case .scoped, .integration: scope
    }
  }

  /// Whether this key, acting, covers `other`: itself always; otherwise what `other` may do must be within its own
  /// scope, and anything but a scoped key is covered by full access alone.
  public func covers(_ other: KeyState) -> Bool {
    id == other.id || kind == .fullAccess || (other.kind == .scoped && scope.covers(other.scope))
  }

  /// Folds a key's whole stream; nil when it is empty or does not begin with a key.
  public static func fold(_ events: some Sequence<Event>) -> KeyState? {
    var state: KeyState?
    for event in events {
      if state == nil { state = KeyState(beginning: event) } else { state?.evolve(event) }
    }
    return state
  }
}
