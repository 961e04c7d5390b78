import EventLog
import KeyLedger
import Projections
import Vault

/// What the writer remembers of the log between commands, all of it folded from the log and dropped as soon as somebody
/// else has appended. A value: a batch that fails puts the old one back.
struct WorkingSet {
  /// The size of the log that all this stands at.
  private(set) var size: UInt64 = 0
  private(set) var lastTime: Instant?
  private var ledger: LedgerState?
  private var environments: [Slug: EnvironmentState] = [:]
  private var environmentNames: [Slug]?
  private var users: [UserID: UserState] = [:]
  private var userIDs: [UserID]?
  private var keys: [KeyID: KeyState] = [:]
  private var handles: HandleBook?
  /// The state of the vault that the handles were read from.
  private var handlesCounter: Int64?
  /// Nil until a command brings an idempotency key.
  var repeats: IdempotencyIndex?
  var tokens = FingerprintIndex()
  /// When the earliest of the vault's notes falls due, `never` where it has none; nil when that has to be asked. Whoever
  /// notes an ending appends its event as well, so this too stands until somebody else has appended.
  private(set) var earliestDue: Instant?

  /// Beyond this many keys they are all forgotten and folded again when needed.
  private static let maximumKeys = 20_000

  /// Stands at the head of the log, as seen inside the transaction.
  mutating func enter(_ reader: some LogReader) throws {
    let head = try reader.head()
    if head.size != size || ledger == nil {
      let kept = (repeats, tokens)
      self = WorkingSet()
      (repeats, tokens) = kept
      size = head.size
      lastTime = try reader.lastTime()
    }
    if keys.count > WorkingSet.maximumKeys { keys.removeAll(keepingCapacity: true) }
  }

  /// What was appended inside the same transaction.
  mutating func apply(_ event: Event) {
    size = event.sequence
    lastTime = event.time
    switch event.stream {
    case .ledger: ledger?.evolve(event)
    case .user(let id):
      if let begun = UserState(beginning: event) {
        users[id] = begun
        userIDs?.append(id)
      } else {
        users[id]?.evolve(event)
      }
      if case .userForgotten = event.data { handles?.forget(id) }
    case .environment(let id):
      if let begun = EnvironmentState(beginning: event) {
        environments[id] = begun
        environmentNames?.append(id)
      } else {
        environments[id]?.evolve(event)
      }
    case .key(_, let id):
      if let begun = KeyState(beginning: event) { keys[id] = begun } else { keys[id]?.evolve(event) }
    }
  }

  /// A note was left in the vault.
  mutating func note(dueAt time: Instant) { earliestDue = earliestDue.map { min($0, time) } }

  /// Notes were taken out of the vault.
  mutating func forgetEarliestDue() { earliestDue = nil }

  mutating func earliestDue(_ vault: Vault) throws -> Instant {
    if let earliestDue { return earliestDue }
    let found = try vault.due(at: .max, limit: 1).first.map { Instant(milliseconds: $0.at) } ?? WorkingSet.never
    earliestDue = found
    return found
  }

  private static let never = Instant(milliseconds: .max)

  mutating func hold(_ handle: [UInt8], for user: UserID) { handles?.add(handle, user) }

  // MARK: Loading. Each comes from the log, once.

  mutating func ledger(_ reader: some LogReader) throws -> LedgerState {
    if let ledger { return ledger }
    guard let folded = LedgerState.fold(try reader.events(of: .ledger)) else {
      throw LogError.damaged("the log does not begin with ledger.created")
    }
    ledger = folded
    return folded
  }

  mutating func environment(_ id: Slug, _ reader: some LogReader) throws -> EnvironmentState? {
    if let known = environments[id] { return known }
    let folded = EnvironmentState.fold(try reader.events(of: .environment(id)))
    environments[id] = folded
    return folded
  }

  mutating func user(_ id: UserID, _ reader: some LogReader) throws -> UserState? {
    if let known = users[id] { return known }
    let folded = UserState.fold(try reader.events(of: .user(id)))
    users[id] = folded
    return folded
  }

  mutating func allUsers(_ reader: some LogReader) throws -> [UserState] {
    let ids = try userIDs ?? reader.users()
    userIDs = ids
    return try ids.compactMap { try user($0, reader) }
  }

  mutating func key(_ id: KeyID, in environment: Slug, _ reader: some LogReader) throws -> KeyState? {
    if let known = keys[id] { return known.environment == environment ? known : nil }
    let folded = KeyState.fold(try reader.events(of: .key(environment, id)))
    if let folded { keys[id] = folded }
    return folded
  }

  /// A key by its id alone. Cost: one index probe for each environment, unless it is remembered.
  mutating func key(_ id: KeyID, _ reader: some LogReader) throws -> KeyState? {
    if let known = keys[id] { return known }
    let names = try environmentNames ?? reader.environments()
    environmentNames = names
    for name in names {
      if let key = try key(id, in: name, reader) { return key }
    }
    return nil
  }

  /// Every key that an integration ever had since it was last connected, not removed yet: the first and its successors.
  mutating func keys(of integration: IntegrationState, in environment: Slug, _ reader: some LogReader) throws
    -> [KeyState]
  {
    var found: [KeyState] = []
    var next: KeyID? = integration.firstKey
    while let id = next, let key = try key(id, in: environment, reader) {
      found.append(key)
      next = key.successor
    }
    return found
  }

  mutating func handleBook(_ reader: some LogReader, _ vault: Vault) throws -> HandleBook {
    // Somebody may have changed the vault and not the log: a row that was lost, a vault put back.
    let counter = try vault.changeCounter()
    if let handles, handlesCounter == counter { return handles }
    let book = try HandleBook(users: try allUsers(reader), vault: vault)
    (handles, handlesCounter) = (book, counter)
    return book
  }
}

/// Which command each idempotency key belongs to: the log from where the views end. Cost: some 80 bytes a key.
struct IdempotencyIndex {
  /// What the log holds up to this event is for the views to say.
  let beginning: UInt64
  private var through: UInt64
  private var first: [Hash256: UInt64] = [:]

  init(after sequence: UInt64) {
    beginning = sequence
    through = sequence
  }

  /// Takes in what was appended since, by whomever.
  mutating func advance(_ reader: any LogReader, to size: UInt64) throws {
    guard through < size else { return }
    var found: [(Hash256, UInt64)] = []
    try reader.eventsInOrder(after: through, through: size) { event, _ in
      if let key = event.marks.idempotency?.key { found.append((key, event.sequence)) }
      return true
    }
    for (key, sequence) in found where first[key] == nil { first[key] = sequence }
    through = size
  }

  func sequence(of key: Hash256) -> UInt64? { first[key] }

  var count: Int { first.count }
}

/// The fingerprints of every secret that ever was in the log. Built when the first migration asks; 8 to 40 MB a million.
struct FingerprintIndex {
  private var through: UInt64 = 0
  private var known: Set<Hash256> = []

  mutating func known(among tokens: [Hash256], _ reader: some LogReader, size: UInt64) throws -> Set<Hash256> {
    var found: [Hash256] = []
    try reader.eventsInOrder(after: through, through: size) { event, _ in
      switch event.data {
      case .keyCreated(let record), .keyMigrated(let record): found.append(record.fingerprint)
      default: break
      }
      return true
    }
    known.formUnion(found)
    through = size
    return known.intersection(tokens)
  }
}
