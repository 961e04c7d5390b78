/// Who calls, as folded at the head of the log: whatever an earlier command took away is gone.
public indirect enum Caller: Equatable, Sendable {
  /// Whoever sits at the data directory.
  case `operator`(OperatorName)
  /// `token` is what they showed; nil when nothing needs showing, as for the author of a backfilled event.
  case user(UserState, token: Hash256?)
  case key(KeyState)

  public var actor: Actor {
    switch self {
    case .operator(let name): .operator(name)
    case .user(let user, _): .user(user.id)
    case .key(let key): .key(key.id)
    }
  }
}

/// The part of the ledger that a command concerns, loaded at the head. What is nil was not found, or is not asked for.
public struct Situation: Sendable {
  public var now: Instant
  /// The clock is more than five minutes behind the log.
  public var clockIsBehind = false
  public var caller: Caller
  public var ledger: LedgerState
  public var environment: EnvironmentState?
  public var key: KeyState?
  public var user: UserState?
  /// Active owners beside `user`.
  public var otherOwners = 0
  /// Whether another user, not forgotten, holds the handle asked for.
  public var handleIsTaken = false
  /// The keys of the integration asked for that are not removed yet.
  public var integrationKeys: [KeyState] = []
  /// Which of the command's tokens are secrets of this ledger already.
  public var knownTokens: Set<Hash256> = []
  /// The default keys with which the environment asked for began.
  public var firstKeys: [KeyState] = []
  /// Whether the vault still opens the secret asked for.
  public var secretIsAvailable = true
  /// Set when the ledger lost events that it once showed.
  public var restoration: (held: TreeHead, shown: TreeHead?)?
  /// The revision that the caller saw, where the change shall fail if the key has moved on.
  public var expectedRevision: UInt64?

  public init(now: Instant, caller: Caller, ledger: LedgerState) {
    self.now = now
    self.caller = caller
    self.ledger = ledger
  }

  /// A clock this far behind the log is said to be behind. Milliseconds.
  public static let clockTolerance: Int64 = 5 * 60_000
}

/// What a command may need that is random, made beforehand: the domain draws nothing itself.
public struct Materials: Sendable {
  /// One for each key that the command may make, in the order full access, publishable.
  public var keys: [NewKey]
  public var user: NewUser?
  /// The SHA-256 of a new signing secret.
  public var signing: Hash256?

  public init(keys: [NewKey] = [], user: NewUser? = nil, signing: Hash256? = nil) {
    self.keys = keys
    self.user = user
    self.signing = signing
  }
}

public struct NewKey: Sendable {
  public let id: KeyID
  public let fingerprint: Hash256
  public let masked: String

  public init(id: KeyID, fingerprint: Hash256, masked: String) {
    self.id = id
    self.fingerprint = fingerprint
    self.masked = masked
  }
}

public struct NewUser: Sendable {
  public let id: UserID
  public let commitment: Hash256
  public let token: Hash256

  public init(id: UserID, commitment: Hash256, token: Hash256) {
    self.id = id
    self.commitment = commitment
    self.token = token
  }
}
