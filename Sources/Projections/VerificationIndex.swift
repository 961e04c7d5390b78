package import Cryptography
package import EventLog
package import KeyLedger
package import Transparency

/// What a long-running process needs to answer whether a secret is good, without touching the disk: every key that ever
/// was, by the SHA-256 of its secret, with the catalogue and the environments. A fold of the log from its first event.
///
/// At most 128 bytes a key, also while it grows. Finding one costs two cache misses. Agrees with `Verification.judge`
/// over the folded states, for every secret, request and moment.
package struct VerificationIndex: Sendable {
  /// Whose log it is a fold of.
  package let ledger: LedgerID
  /// How far it has come, and the Merkle tree up to there.
  package internal(set) var frontier = Frontier()
  /// Plan and catalogue; nil before the first event.
  package private(set) var ledgerState: LedgerState?
  /// Who may call, beside the keys.
  package private(set) var users = UserTable()

  var keys = VerificationRows()
  /// Rows hold the number of an environment in this list.
  private(set) var environments: [EnvironmentEntry] = []
  private var environmentNumbers: [Slug: UInt32] = [:]
  private var catalogue = Catalogue()
  private var clientReadable: UInt64 = 0
  private var writable: UInt64 = 0
  /// The scopes that bits can't say, by row: with a resource that is not in the catalogue. No decider makes one.
  private(set) var unusual: [UInt32: Scope] = [:]

  struct EnvironmentEntry: Equatable {
    let id: Slug
    /// Nil while its keys are known and it is not, which no decider makes happen.
    var state: EnvironmentState?
  }

  package init(ledger: LedgerID) { self.ledger = ledger }

  /// The number of the last event folded.
  package var sequence: UInt64 { frontier.size }

  /// How many keys there are, ended ones too.
  package var count: Int { keys.count }

  /// Bytes held for keys.
  package var byteCount: Int { keys.byteCount }

  package func environment(_ id: Slug) -> EnvironmentState? {
    environmentNumbers[id].flatMap { environments[Int($0)].state }
  }

  // MARK: Folding

  /// Folds what was appended since. A position that the log does not confirm means folding it all anew.
  ///
  /// Throws what the log throws, with all before that event folded; and `ViewsError.logContradictsItself`.
  package mutating func catchUp(with log: any EventLog) throws {
    if try !advance(log) {
      self = VerificationIndex(ledger: ledger)
      guard try advance(log) else { throw ViewsError.logContradictsItself(size: frontier.size) }
    }
  }

  /// As `catchUp(with:)` over one picture of the log. False when the log does not confirm it.
  package mutating func catchUp(reading reader: any LogReader) throws -> Bool {
    guard reader.ledger == ledger else { return false }
    return try advance(to: try reader.head()) { try replay(reader, from: &$0, through: $1, $2) }
  }

  private mutating func advance(_ log: any EventLog) throws -> Bool {
    guard log.ledger == ledger else { return false }
    return try advance(to: try log.read { try $0.head() }) { try replay(log, from: &$0, through: $1, $2) }
  }

  private mutating func advance(
    to head: LogHead, _ replay: (inout Frontier, UInt64, (Span<Event>) -> Void) throws -> Void
  ) throws -> Bool {
    guard frontier.size <= head.size else { return false }
    var tree = frontier
    // Also when an event can't be read: what was folded before it stays.
    defer { frontier = tree }
    try replay(&tree, head.size) { events in
      for index in events.indices { fold(events, index) }
    }
    return tree.size == head.size && tree.root == head.root
  }

  /// The next event of the log. Traps when it is another one.
  package mutating func evolve(_ event: Event, leafHash: Digest) {
    precondition(event.sequence == frontier.size + 1, "events are folded in order")
    frontier.append(leafHash)
    fold(event)
  }

  mutating func fold(_ event: Event) {
    let one = CollectionOfOne(event)
    fold(one.span, 0)
  }

  /// Event number `index` of these, where it lies: to hand it over would copy it with all of its texts.
  mutating func fold(_ events: Span<Event>, _ index: Int) {
    switch events[index].stream {
    case .ledger: evolveLedger(events[index])
    case .user(let id): users.evolve(id, events[index])
    case .environment(let id): evolveEnvironment(id, events[index])
    case .key(let environment, let id): evolveKey(environment, id, events, index)
    }
  }

  private mutating func evolveLedger(_ event: Event) {
    if ledgerState == nil { ledgerState = LedgerState(beginning: event) } else { ledgerState?.evolve(event) }
    guard let resources = ledgerState?.resources else { return }
    for resource in resources.prefix(LedgerState.maximumResources) where catalogue[resource.name] == nil {
      let bit = catalogue.append(resource.name)
      if resource.clientReadable { clientReadable |= bit }
      if !resource.readOnly { writable |= bit }
    }
  }

  private mutating func evolveEnvironment(_ id: Slug, _ event: Event) {
    let number = Int(number(of: id))
    if environments[number].state == nil {
      environments[number].state = EnvironmentState(beginning: event)
    } else {
      environments[number].state?.evolve(event)
    }
  }

  mutating func number(of environment: Slug) -> UInt32 {
    if let number = environmentNumbers[environment] { return number }
    let number = UInt32(environments.count)
    environments.append(EnvironmentEntry(id: environment))
    environmentNumbers[environment] = number
    return number
  }

  private mutating func evolveKey(_ environment: Slug, _ id: KeyID, _ events: Span<Event>, _ index: Int) {
    guard let row = keys.index(of: id) else { return begin(environment, id, events[index]) }
    guard environments[Int(keys[row].marks.environment)].id == environment else { return }
    if case .scopeUpdated(_, let after) = events[index].data { grant(after, to: row) }
    keys[row].marks.ending = KeyState.Ending.after(events, index, on: keys[row].marks.ending)
  }

  private mutating func begin(_ environment: Slug, _ id: KeyID, _ event: Event) {
    let record: KeyRecord
    switch event.data {
    case .keyCreated(let created): record = created
    case .keyMigrated(let migrated): record = migrated
    default: return
    }
    let marks = KeyMarks(id: id, kind: record.kind, environment: number(of: environment))
    grant(record.scope, to: keys.append(VerificationRow(fingerprint: record.fingerprint, marks: marks)))
  }

  private mutating func grant(_ scope: Scope, to index: UInt32) {
    unusual[index] = nil
    switch scope {
    case .everything: keys.grant(.everything, to: index)
    case .permissions(let list):
      var bits = Grant.Bits()
      for permission in list {
        guard let bit = catalogue[permission.resource] else {
          unusual[index] = scope
          return keys.grant(.nothing, to: index)
        }
        if permission.access == .read { bits.read |= bit } else { bits.write |= bit }
      }
      keys.grant(.permissions(bits), to: index)
    }
  }
}

// MARK: Asking

extension VerificationIndex {
  /// A key as verification sees it. Holds nothing that is counted, so it is copied at no cost.
  package struct Entry: Sendable {
    fileprivate let marks: KeyMarks
    fileprivate let index: UInt32

    package var id: KeyID { marks.id }
    package var kind: KeyKind { marks.kind }
    package var ending: KeyState.Ending? { marks.ending }

    /// As `KeyState.status(at:)`.
    package func status(at now: Instant) -> KeyStatus {
      guard let ending else { return .active }
      return !ending.isUnconditional && now < ending.at ? .expiring : .expired(ending.because)
    }

    package var expiresAt: Instant? { ending?.at }
  }

  /// The key with this SHA-256 of its secret; the first, where several have it.
  package func find(_ fingerprint: Hash256) -> Entry? {
    guard let index = keys.index(of: fingerprint) else { return nil }
    return Entry(marks: keys[index].marks, index: index)
  }

  package func environment(of entry: Entry) -> Slug { environments[Int(entry.marks.environment)].id }

  /// What the key may do, as `KeyState.effectiveScope(in:)`: with what it inherits of the catalogue as it is now.
  package func effectiveScope(of entry: Entry) -> Scope {
    switch entry.kind {
    case .fullAccess: .everything
    case .publishable: ledgerState?.clientReadableScope ?? .permissions([])
    case .scoped, .integration: grantedScope(of: entry)
    }
  }

  /// What keys are told apart by beside their ids and ends: those with equal marks are of one kind and one environment, and
  /// have equal scopes.
  package struct TraitMark: Equatable, Sendable {
    fileprivate let read: UInt64
    fileprivate let write: UInt64
    fileprivate let isEverything: Bool
    fileprivate let kind: KeyKind
    fileprivate let environment: UInt32

    fileprivate init(_ entry: Entry, everything: Bool = false, read: UInt64 = 0, write: UInt64 = 0) {
      (isEverything, self.read, self.write) = (everything, read, write)
      (kind, environment) = (entry.kind, entry.marks.environment)
    }

    /// A number of so many bits that marks differ in, as a rule (Fibonacci hashing, Knuth 6.4).
    package func hash(bits: UInt64) -> Int {
      let mixed = (read &* 3) ^ (write &* 5) ^ UInt64(environment) &* 7
      return Int((mixed &* 0x9e37_79b9_7f4a_7c15) >> (64 - bits))
    }
  }

  /// Nil for a scope that bits can't say.
  package func traitMark(of entry: Entry) -> TraitMark? {
    switch entry.kind {
    case .fullAccess: return TraitMark(entry, everything: true)
    case .publishable: return TraitMark(entry, read: clientReadable)
    case .scoped, .integration:
      switch keys.grant(of: entry.marks) {
      case .nothing: return nil
      case .everything: return TraitMark(entry, everything: true)
      case .permissions(let bits): return TraitMark(entry, read: bits.read, write: bits.write)
      }
    }
  }

  private func grantedScope(of entry: Entry) -> Scope {
    if let scope = unusual[entry.index] { return scope }
    switch keys.grant(of: entry.marks) {
    case .nothing: return .permissions([])
    case .everything: return .everything
    case .permissions(let bits):
      var list: [Permission] = []
      for resource in ledgerState?.resources ?? [] {
        guard let bit = catalogue[resource.name] else { continue }
        if bits.read & bit != 0 { list.append(Permission(resource.name, .read)) }
        if bits.write & bit != 0 { list.append(Permission(resource.name, .write)) }
      }
      return .permissions(list.sorted())
    }
  }

  /// Whether a secret is good, and whose it is: as `Verification.judge`, `unknown` for one that is not in the ledger.
  /// `now` is never before the log's last event (product §1).
  package func judge(
    _ fingerprint: Hash256, _ request: VerificationRequest, at now: Instant
  ) -> (outcome: VerificationOutcome, key: KeyID?) {
    guard let entry = find(fingerprint) else { return (.unknown, nil) }
    return (judge(entry, request, at: now), entry.id)
  }

  /// As above, of a key that was found.
  package func judge(_ entry: Entry, _ request: VerificationRequest, at now: Instant) -> VerificationOutcome {
    if case .expired(let reason) = entry.status(at: now) {
      switch reason {
      case .graceEnded: return .expired
      case .revoked: return .revoked
      case .removed: return .removed
      }
    }
    if let asked = request.environment, asked != environment(of: entry) { return .wrongEnvironment }
    if entry.kind == .publishable, environments[Int(entry.marks.environment)].state?.isEnforced == true {
      switch request.customer {
      case .absent: return .customerTokenRequired
      case .wrong: return .customerTokenInvalid
      case .right: break
      }
    }
    if let permission = request.permission, !holds(entry, permission) { return .insufficientScope }
    return .valid
  }

  private func holds(_ entry: Entry, _ permission: Permission) -> Bool {
    // What the catalogue does not know nobody holds, as in `LedgerState.knows`.
    guard let bit = catalogue[permission.resource], permission.access == .read || writable & bit != 0 else {
      return false
    }
    switch entry.kind {
    case .fullAccess: return true
    case .publishable: return permission.access == .read && clientReadable & bit != 0
    case .scoped, .integration:
      switch keys.grant(of: entry.marks) {
      case .everything: return true
      case .permissions(let bits):
        return permission.access == .write ? bits.write & bit != 0 : (bits.read | bits.write) & bit != 0
      case .nothing: return unusual[entry.index]?.holds(permission) ?? false
      }
    }
  }
}
