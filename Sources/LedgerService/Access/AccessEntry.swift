public import KeyLedger

/// One operation that a key was let into, or refused, as the journal keeps it.
public struct AccessEntry: Sendable, Equatable {
  /// Its place in the journal; it only grows.
  public let number: Int64
  public let time: Instant
  /// Where it was asked for; a key of another environment was refused there.
  public let environment: Slug
  public let key: KeyID
  /// As the gateway gave them, the path without its query; empty where none was given.
  public let method: String
  public let path: String
  public let permission: Permission?
  public let outcome: VerificationOutcome
}

/// Which operations are wanted, newest first.
public struct AccessFilter: Sendable {
  public var environment: String
  public var key: String?
  public var outcome: String?
  /// Inclusive.
  public var since: Instant?
  /// Exclusive.
  public var until: Instant?
  /// Only those before this place: the number of the last one seen, to go on from there.
  public var before: Int64?
  public var limit: Int

  public init(
    environment: String, key: String? = nil, outcome: String? = nil, since: Instant? = nil, until: Instant? = nil,
    before: Int64? = nil, limit: Int = 1_000
  ) {
    self.environment = environment
    self.key = key
    self.outcome = outcome
    self.since = since
    self.until = until
    self.before = before
    self.limit = limit
  }
}

/// A page of the journal.
public struct AccessPage: Sendable, Equatable {
  public let entries: [AccessEntry]
  /// Presented secrets that are of no key are counted, never listed: how many there were of each outcome.
  public let unlisted: [VerificationOutcome: Int64]
  /// Operations that were not kept, because they came faster than they could be written or the disk refused.
  public let dropped: Int64
  /// When the journal began; nil where none is kept.
  public let since: Instant?

  /// This page and the one after it, with what the later look said of the journal as a whole.
  public func continued(by next: AccessPage) -> AccessPage {
    AccessPage(entries: entries + next.entries, unlisted: next.unlisted, dropped: next.dropped, since: next.since)
  }
}

/// Which keys have been used since the journal began.
struct UsedKeys {
  let since: Instant
  let keys: Set<KeyID>

  /// Whether the whole life of a key is on record, and no use in it. Of older keys nothing can be said.
  func neverSaw(_ key: KeyState) -> Bool { key.createdAt >= since && !keys.contains(key.id) }
}

/// What is known of the last use of a key: of successful verifications by the service.
public struct LastUse: Sendable, Equatable {
  /// Nil: never since `since`.
  public let at: Instant?
  public let count: Int64
  /// When the counting began; nil where no journal is kept, so that nothing is known.
  public let since: Instant?
}
