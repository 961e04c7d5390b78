import KeyLedger
import Testing

/// Who acts, by name: what they are worth is looked up at the head of the log, as the service does.
enum Who: Hashable, Sendable {
  case `operator`
  /// With the token that they hold now.
  case user(Int)
  /// With a token that is not theirs any more.
  case userWithOldToken(Int)
  case key(Int)
}

/// A whole ledger in memory: what the service does around the domain, and nothing else.
struct World: Sendable {
  var now = dawn
  var clockIsBehind = false
  var events: [Event] = []
  private(set) var ledger: LedgerState
  private(set) var environments: [Slug: EnvironmentState] = [:]
  private(set) var keys: [KeyID: KeyState] = [:]
  private(set) var users: [UserID: UserState] = [:]
  /// Who holds which handle: what the vault knows.
  var handles: [String: UserID] = [:]
  var vaultIsEmpty = false
  var restoration: (held: TreeHead, shown: TreeHead?)?
  var expectedRevision: UInt64?
  private var versions: [Stream: UInt64] = [:]

  /// A new ledger with one owner, user 1, whose handle is `ada`.
  init(plan: Plan = .scale) {
    let owner = NewUser(id: userID(1), commitment: hash(4001), token: hash(2001))
    let drafts = Decider.found(plan: plan, by: .operator(ops), owner: owner)
    let first = Event(
      sequence: 1, stream: .ledger, version: 1, time: dawn, actor: drafts[0].actor, data: drafts[0].data)
    guard let ledger = LedgerState(beginning: first) else { preconditionFailure("founding founds a ledger") }
    self.ledger = ledger
    events = [first]
    versions[.ledger] = 1
    append(Array(drafts.dropFirst()))
    handles["ada"] = owner.id
  }

  mutating func append(_ drafts: [Draft]) {
    for draft in drafts {
      let version = versions[draft.stream, default: 0] + 1
      versions[draft.stream] = version
      let event = Event(
        sequence: UInt64(events.count + 1), stream: draft.stream, version: version, time: now, actor: draft.actor,
        data: draft.data)
      events.append(event)
      evolve(event)
    }
  }

  private mutating func evolve(_ event: Event) {
    switch event.stream {
    case .ledger: ledger.evolve(event)
    case .user(let id):
      if users[id] == nil { users[id] = UserState(beginning: event) } else { users[id]?.evolve(event) }
    case .environment(let id):
      if environments[id] == nil {
        environments[id] = EnvironmentState(beginning: event)
      } else {
        environments[id]?.evolve(event)
      }
    case .key(_, let id):
      if keys[id] == nil { keys[id] = KeyState(beginning: event) } else { keys[id]?.evolve(event) }
    }
  }

  func key(_ number: Int) -> KeyState {
    guard let key = keys[keyID(number)] else { preconditionFailure("there is no key \(number)") }
    return key
  }

  func user(_ number: Int) -> UserState {
    guard let user = users[userID(number)] else { preconditionFailure("there is no user \(number)") }
    return user
  }

  func caller(_ who: Who) -> Caller {
    switch who {
    case .operator: .operator(ops)
    case .user(let number): .user(user(number), token: user(number).token ?? hash(9999))
    case .userWithOldToken(let number): .user(user(number), token: hash(9999))
    case .key(let number): .key(key(number))
    }
  }

  /// Who may, then what happens: drafts that were appended.
  @discardableResult
  mutating func run(_ command: Command, by who: Who = .operator) throws(Refusal) -> [Draft] {
    let caller = caller(who)
    try Policy.authorise(command, by: caller, at: now, in: ledger)
    let drafts = try Decider(situation(of: command, by: caller), materials).decide(command)
    append(drafts)
    if case .addUser(let handle, _) = command, case .user(let id) = drafts.first?.stream { handles[handle] = id }
    if case .forgetUser = command, case .user(let id) = drafts.first?.stream {
      handles = handles.filter { $0.value != id }
    }
    return drafts
  }

  /// Sets the stage: a command that must not be refused.
  mutating func must(_ command: Command, by who: Who = .operator) {
    do throws(Refusal) {
      try run(command, by: who)
    } catch {
      Issue.record("\(command) was refused: \(error.message)")
    }
  }

  mutating func pass(_ milliseconds: Int64) { now = now.advanced(by: milliseconds) }
}

extension World {
  var nextKey: Int { keys.count + 1 }
  var nextUser: Int { users.count + 1 }

  func freshKey(_ offset: Int = 0) -> NewKey {
    let number = nextKey + offset
    return NewKey(id: keyID(number), fingerprint: hash(1000 + number), masked: "server-••\(number)")
  }

  var freshUser: NewUser {
    NewUser(id: userID(nextUser), commitment: hash(4000 + nextUser), token: hash(2000 + events.count))
  }

  var freshSigning: Hash256 { hash(3000 + events.count) }

  /// What any command may need.
  var materials: Materials {
    Materials(keys: [freshKey(), freshKey(1)], user: freshUser, signing: freshSigning)
  }

  func situation(of command: Command, by caller: Caller) -> Situation {
    var situation = Situation(now: now, caller: caller, ledger: ledger)
    situation.clockIsBehind = clockIsBehind
    situation.secretIsAvailable = !vaultIsEmpty
    situation.restoration = restoration
    situation.expectedRevision = expectedRevision
    situation.environment = environment(of: command).flatMap { Slug($0) }.flatMap { environments[$0] }
    situation.key = key(of: command).flatMap { KeyID($0) }.flatMap { keys[$0] }
    situation.user = user(of: command).flatMap { UserID($0) }.flatMap { users[$0] }
    situation.otherOwners = users.values.filter { $0.isActiveOwner && $0.id != situation.user?.id }.count
    switch command {
    case .addUser(let handle, _): situation.handleIsTaken = handles[handle] != nil
    case .disconnectIntegration(let name, let environment):
      situation.integrationKeys = keysInOrder.filter {
        $0.integration?.text == name && $0.environment.text == environment && !$0.removed
      }
    case .migrateEnvironment(let environment, let client, let server, _):
      let known = Set(keys.values.map(\.fingerprint))
      situation.knownTokens = known.intersection([client, server].compactMap { $0?.fingerprint })
      situation.firstKeys = keysInOrder.filter {
        $0.environment.text == environment && $0.kind.isDefault && $0.predecessor == nil
      }
    default: break
    }
    return situation
  }

  var keysInOrder: [KeyState] { keys.values.sorted { $0.firstEvent < $1.firstEvent } }

  private func environment(of command: Command) -> String? {
    switch command {
    case .provisionEnvironment(let name), .migrateEnvironment(let name, _, _, _): name
    case .createKey(let environment, _, _, _), .connectIntegration(_, let environment, _),
      .disconnectIntegration(_, let environment), .enforceClientSecurity(let environment),
      .relaxClientSecurity(let environment), .rotateSigningSecret(let environment),
      .revealSigningSecret(let environment):
      environment
    default: nil
    }
  }

  private func key(of command: Command) -> String? {
    switch command {
    case .renameKey(let key, _, _), .changeScope(let key, _), .rotateKey(let key, _), .changeGrace(let key, _),
      .revokeKey(let key), .revealKey(let key):
      key
    default: nil
    }
  }

  private func user(of command: Command) -> String? {
    switch command {
    case .changeRole(let user, _), .renewToken(let user), .endToken(let user), .removeUser(let user),
      .forgetUser(let user):
      user
    default: nil
    }
  }
}
