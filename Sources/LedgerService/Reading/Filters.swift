import EventLog
public import KeyLedger

/// Which keys a list shows.
public struct KeyFilter: Sendable {
  /// Nil for all environments.
  public var environment: String?
  public var type: KeyType?
  public var status: StatusWord?
  /// Removed keys have left the table; they are shown only when asked for.
  public var includeRemoved: Bool

  public init(
    environment: String? = nil, type: KeyType? = nil, status: StatusWord? = nil, includeRemoved: Bool = false
  ) {
    self.environment = environment
    self.type = type
    self.status = status
    self.includeRemoved = includeRemoved
  }

  /// The type as the key table shows it.
  public enum KeyType: String, Sendable, CaseIterable {
    case `default`, scoped
  }

  public enum StatusWord: String, Sendable, CaseIterable {
    case active, expiring, expired
  }

  func admits(_ key: KeyState, at now: Instant) -> Bool {
    if key.removed && !includeRemoved { return false }
    if let type, (key.kind == .scoped) != (type == .scoped) { return false }
    if let status, key.status(at: now).word != status.rawValue { return false }
    return true
  }
}

/// Which events of the log are wanted, in its order.
public struct EventFilter: Sendable {
  /// What `type` may be.
  public static let types = RecordCodec.types

  /// Only events with a greater number.
  public var after: UInt64
  /// At most so many; nil for all.
  public var limit: Int?
  /// Its own stream and those of its keys.
  public var environment: String?
  /// Its own stream alone.
  public var key: String?
  /// Exactly, as in the record.
  public var type: String?
  /// As in the record; a user also by id or handle, a key also by its id alone.
  public var actor: String?
  /// Inclusive.
  public var since: Instant?
  /// Exclusive.
  public var until: Instant?

  public init(
    after: UInt64 = 0, limit: Int? = nil, environment: String? = nil, key: String? = nil, type: String? = nil,
    actor: String? = nil, since: Instant? = nil, until: Instant? = nil
  ) {
    self.after = after
    self.limit = limit
    self.environment = environment
    self.key = key
    self.type = type
    self.actor = actor
    self.since = since
    self.until = until
  }
}
