import KeyLedger
import Testing

/// Every event met by every state: none traps, and none changes what it says nothing of.
@Suite struct EvolutionTests {
  static let record = KeyRecord(
    kind: .scoped, name: "other", description: "other", scope: scope("coupons:read"), fingerprint: hash(7),
    masked: "••",
    predecessor: keyID(8))

  static let everything: [EventData] = [
    .ledgerCreated(plan: .starter, resources: []),
    .ledgerRestored(Restoration(size: 1, root: hash(1), shown: nil, reason: "x")),
    .planChanged(before: .scale, after: .starter),
    .resourceAdded(Resource(name: slug("invoices"), clientReadable: true, readOnly: false)),
    .userAdded(commitment: hash(1), role: .readOnly, token: hash(2)), .userRoleChanged(before: .owner, after: .member),
    .userTokenRenewed(token: hash(3)), .userTokenEnded, .userRemoved, .userForgotten,
    .environmentProvisioned(SigningSecret(generation: 9, sha256: hash(4))),
    .integrationConnected(integration: slug("zendesk"), scope: scope("coupons:read"), key: keyID(9)),
    .integrationDisconnected(integration: slug("salesforce")), .integrationDisconnected(integration: slug("nobody")),
    .clientSecurityEnforced, .clientSecurityRelaxed,
    .clientSecuritySecretRotated(SigningSecret(generation: 2, sha256: hash(5))), .clientSecuritySecretRevealed,
    .keyCreated(record), .keyMigrated(record), .keyRenamed(name: "x", description: "y"),
    .scopeUpdated(before: scope("customers:read"), after: scope("coupons:read")),
    .keyRotated(grace: .oneHour, expiresAt: dawn.advanced(by: 100 * hour), successor: keyID(9)),
    .graceChanged(grace: .oneHour, before: dawn, after: dawn.advanced(by: 100 * hour)), .keyRevoked, .keyRevealed,
    .keyRemoved(integration: slug("salesforce")),
  ]

  /// What an event may change in whom, by the names of the stored properties.
  static let changes: [String: Set<String>] = [
    "planChanged": ["LedgerState.plan"], "resourceAdded": ["LedgerState.resources", "LedgerState.added"],
    "userRoleChanged": ["UserState.role"], "userTokenRenewed": ["UserState.token", "UserState.tokenIssuer"],
    "userTokenEnded": ["UserState.token"], "userRemoved": ["UserState.token", "UserState.removed"],
    "userForgotten": ["UserState.forgotten"], "integrationConnected": ["EnvironmentState.integrations"],
    "integrationDisconnected": ["EnvironmentState.integrations"],
    "clientSecurityEnforced": ["EnvironmentState.isEnforced"],
    "clientSecurityRelaxed": ["EnvironmentState.isEnforced"],
    "clientSecuritySecretRotated": ["EnvironmentState.signing"],
    "keyRenamed": ["KeyState.name", "KeyState.description"], "scopeUpdated": ["KeyState.scope"],
    "keyRotated": ["KeyState.successor", "KeyState.ending"], "graceChanged": ["KeyState.ending"],
    "keyRevoked": ["KeyState.ending"], "keyRemoved": ["KeyState.ending", "KeyState.removed"],
  ]

  @Test(arguments: everything) func `an event changes what it speaks of, and the revision`(data: EventData) {
    let name = String("\(data)".prefix { $0 != "(" })
    let allowed = EvolutionTests.changes[name] ?? []
    for subject in EvolutionTests.subjects {
      let (before, after) = subject.evolved(by: data)
      let changed = EvolutionTests.differences(before, after)
      #expect(changed.contains("revision") && changed.contains("lastEvent"), "\(subject)")
      let kind = "\(type(of: before))"
      let others = changed.subtracting(["revision", "lastEvent"]).map { kind + "." + $0 }
      #expect(allowed.isSuperset(of: others), "\(name) changed \(others) of \(subject)")
    }
  }

  @Test func `there is an event of every case, and each that should change something does`() {
    #expect(Set(EvolutionTests.everything.map { "\($0)".prefix { $0 != "(" } }).count == 26)
    for (name, expected) in EvolutionTests.changes {
      var seen: Set<String> = []
      for data in EvolutionTests.everything where "\(data)".prefix(while: { $0 != "(" }) == name {
        for subject in EvolutionTests.subjects {
          let (before, after) = subject.evolved(by: data)
          seen.formUnion(EvolutionTests.differences(before, after).map { "\(type(of: before))." + $0 })
        }
      }
      #expect(seen.isSuperset(of: expected), "\(name)")
    }
  }

  @Test func `only the event that begins a thing begins it, in a stream of its own`() {
    for data in EvolutionTests.everything {
      let name = "\(data)".prefix { $0 != "(" }
      for stream in [Stream.ledger, .user(userID(1)), .environment(slug("e")), .key(slug("e"), keyID(1))] {
        let event = Event(sequence: 1, stream: stream, version: 1, time: dawn, actor: .system, data: data)
        #expect((LedgerState(beginning: event) != nil) == (name == "ledgerCreated" && stream == .ledger))
        #expect((UserState(beginning: event) != nil) == (name == "userAdded" && stream == .user(userID(1))))
        #expect(
          (EnvironmentState(beginning: event) != nil)
            == (name == "environmentProvisioned" && stream == .environment(slug("e"))))
        let beginsKey = name == "keyCreated" || name == "keyMigrated"
        #expect((KeyState(beginning: event) != nil) == (beginsKey && stream == .key(slug("e"), keyID(1))))
      }
    }
  }

  @Test func `no two events bring an ended key back`() {
    let endings: [EventData] = [.keyRevoked, .keyRemoved(integration: slug("salesforce"))]
    for ending in endings {
      for data in EvolutionTests.everything {
        var key = Stage.base.key(Stage.salesforce)
        for (offset, next) in [ending, data].enumerated() {
          key.evolve(EvolutionTests.event(next, in: key.stream, version: UInt64(offset + 2)))
        }
        for time in [Int64.min, dawn.milliseconds, Int64.max] {
          #expect(!key.status(at: Instant(milliseconds: time)).isValid, "\(data)")
        }
      }
    }
  }

  @Test func `what is kept by a projection is the key again`() {
    var world = Stage.base
    world.must(rotate(Stage.worker))
    world.must(rename(Stage.worker, to: "x", description: "y"))
    world.must(.disconnectIntegration(name: "salesforce", environment: "production"))
    for key in world.keysInOrder {
      let record = KeyRecord(
        kind: key.kind, name: key.name, description: key.description, scope: key.scope, fingerprint: key.fingerprint,
        masked: key.masked, predecessor: key.predecessor, integration: key.integration, revealable: key.revealable)
      let again = KeyState(
        id: key.id, environment: key.environment, record: record, createdAt: key.createdAt, createdBy: key.createdBy,
        firstEvent: key.firstEvent, migrated: key.migrated, successor: key.successor, ending: key.ending,
        removed: key.removed, revision: key.revision, lastEvent: key.lastEvent)
      #expect(again == key)
    }
  }

  @Test func `folding the streams of a world gives its states again`() {
    var world = Stage.base
    for command in [
      rotate(Stage.worker), .removeUser(user: userID(Stage.bob).description), .changePlan(.starter),
      .disconnectIntegration(name: "hubspot", environment: "production"),
    ] { world.must(command) }
    let streams = Dictionary(grouping: world.events, by: \.stream)
    for (stream, events) in streams {
      #expect(events.map(\.version) == Array(1...UInt64(events.count)))
      switch stream {
      case .ledger: #expect(LedgerState.fold(events) == world.ledger)
      case .user(let id): #expect(UserState.fold(events) == world.users[id])
      case .environment(let id): #expect(EnvironmentState.fold(events) == world.environments[id])
      case .key(_, let id): #expect(KeyState.fold(events) == world.keys[id])
      }
    }
    #expect(KeyState.fold([]) == nil && LedgerState.fold([]) == nil)
  }

  // MARK: States of every type

  enum Subject: Sendable {
    case ledger(LedgerState)
    case user(UserState)
    case environment(EnvironmentState)
    case key(KeyState)

    func evolved(by data: EventData) -> (before: Any, after: Any) {
      switch self {
      case .ledger(var state):
        let before = state
        state.evolve(EvolutionTests.event(data, in: .ledger, version: state.revision + 1))
        return (before, state)
      case .user(var state):
        let before = state
        state.evolve(EvolutionTests.event(data, in: state.stream, version: state.revision + 1))
        return (before, state)
      case .environment(var state):
        let before = state
        state.evolve(EvolutionTests.event(data, in: .environment(state.id), version: state.revision + 1))
        return (before, state)
      case .key(var state):
        let before = state
        state.evolve(EvolutionTests.event(data, in: state.stream, version: state.revision + 1))
        return (before, state)
      }
    }
  }

  static let subjects: [Subject] = {
    var world = Stage.base
    world.must(.enforceClientSecurity(environment: "staging"))
    world.must(.removeUser(user: userID(Stage.cyd).description))
    world.must(rotate(Stage.worker))
    world.must(revoke(Stage.watcher))
    world.must(.disconnectIntegration(name: "hubspot", environment: "production"))
    return [.ledger(world.ledger)] + world.users.values.map { .user($0) }
      + world.environments.values.map { .environment($0) } + world.keys.values.map { .key($0) }
  }()

  static func event(_ data: EventData, in stream: Stream, version: UInt64) -> Event {
    Event(
      sequence: 1000 + version, stream: stream, version: version, time: dawn.advanced(by: 9 * hour),
      actor: .user(userID(42)), data: data)
  }

  /// The names of the stored properties in which two values of one type differ.
  static func differences(_ a: Any, _ b: Any) -> Set<String> {
    let pairs = zip(Mirror(reflecting: a).children, Mirror(reflecting: b).children)
    return Set(pairs.filter { render($0.value) != render($1.value) }.compactMap { $0.0.label })
  }

  /// Dictionaries come in any order, so they are compared sorted.
  private static func render(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .dictionary else { return "\(value)" }
    return mirror.children.map { "\($0.value)" }.sorted().joined(separator: "\n")
  }
}
