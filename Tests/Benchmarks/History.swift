import EventLog
import KeyLedger
import LedgerService
import SeededRandom

/// A made-up history of keys: some years of creating, renaming, rescoping, rotating, revealing and revoking.
struct History {
  private struct Living {
    let environment: Slug
    let id: KeyID
    var record: KeyRecord
  }

  private var random = SplitMix64(2_026)
  private var living: [Living] = []
  private let environments: [Slug]
  private let actor: Actor
  private(set) var time: Instant
  /// New keys for each event.
  private let density: Double

  private static let beginning = Instant(milliseconds: 1_546_300_800_000)
  /// Milliseconds between two commands, on average: a million events are some five years.
  private static let pace: Int64 = 150_000
  /// Events in one transaction: large, because each costs the pages of the index that it touches.
  private static let batch = 50_000

  private init(density: Double, by actor: Actor) {
    self.density = density
    self.actor = actor
    time = History.beginning
    environments = (1...10).compactMap { Slug("environment-\($0)") }
  }

  /// Makes the ledger that the other parts read.
  static func generate(_ options: Options) throws {
    guard let name = OperatorName("bench") else { preconditionFailure("a name") }
    _ = try LedgerService.found(options.history, plan: .scale, owner: nil, by: name, at: beginning)
    var history = History(density: Double(options.keys) / Double(options.events), by: .operator(name))
    let log = try SQLiteLog(path: options.history.ledger, mode: .readWrite)
    let took = try timed {
      try log.write { log in
        for environment in history.environments { try history.append([history.provision(environment)], to: log) }
      }
      var size = 0
      while size < options.events {
        size = try log.write { log in
          let end = min(size + batch, options.events)
          while try log.head().size < UInt64(end) { try history.append(history.command(), to: log) }
          return Int(try log.head().size)
        }
      }
    }
    print("made a history of \(grouped(options.events)) events in \(format(took, 1)) s")
  }

  private mutating func append(_ drafts: [Draft], to log: any LogWriter) throws {
    time = time.advanced(by: Int64.random(in: 0...2 * History.pace, using: &random))
    // One command in four came with an idempotency key.
    let isMarked = random.next() % 4 == 0
    let marks = EventMarks(idempotency: isMarked ? Idempotency(key: random.hash(), request: random.hash()) : nil)
    _ = try log.append(drafts, at: time, marks: marks, expected: [:])
  }

  private mutating func provision(_ environment: Slug) -> Draft {
    Draft(
      .environment(environment), actor, .environmentProvisioned(SigningSecret(generation: 1, sha256: random.hash())))
  }

  /// Of the new keys four in ten succeed another one; one key in ten is revoked; the rest is everyday changes.
  private mutating func command() -> [Draft] {
    let roll = Double.random(in: 0..<1, using: &random)
    if living.count < 100 || roll < density * 0.6 {
      return [create(in: environments[random.index(environments.count)])]
    }
    let index = random.index(living.count)
    if roll < density { return rotate(index) }
    let key = living[index]
    let stream = Stream.key(key.environment, key.id)
    if roll < density * 1.1 {
      living.swapAt(index, living.count - 1)
      living.removeLast()
      return [Draft(stream, actor, .keyRevoked)]
    }
    switch random.next() % 5 {
    case 0: return [Draft(stream, actor, .keyRevealed)]
    case 1, 2:
      return [Draft(stream, actor, .keyRenamed(name: random.name(), description: key.record.description))]
    default:
      let after = random.scope()
      let before = key.record.scope
      living[index].record = key.record.with(scope: after)
      return [Draft(stream, actor, .scopeUpdated(before: before, after: after))]
    }
  }

  private mutating func create(in environment: Slug, after predecessor: KeyID? = nil) -> Draft {
    let id = KeyID(time: time, randomness: UInt128(random.next()))
    let record = KeyRecord(
      kind: .scoped, name: random.name(), description: "used by the nightly export", scope: random.scope(),
      fingerprint: random.hash(), masked: "server-Ab\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}wxyz",
      predecessor: predecessor)
    living.append(Living(environment: environment, id: id, record: record))
    return Draft(.key(environment, id), actor, .keyCreated(record))
  }

  private mutating func rotate(_ index: Int) -> [Draft] {
    let old = living[index]
    let created = create(in: old.environment, after: old.id)
    living.swapAt(index, living.count - 1)
    let successor = living[index].id
    living.removeLast()
    let end = time.advanced(by: Grace.oneDay.milliseconds)
    let rotated = EventData.keyRotated(grace: .oneDay, expiresAt: end, successor: successor)
    return [Draft(.key(old.environment, old.id), actor, rotated), created]
  }
}

extension SplitMix64 {
  mutating func hash() -> Hash256 { Hash256(words: (next(), next(), next(), next())) }

  mutating func index(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

  mutating func name() -> String { "service \(next() % 100_000)" }

  mutating func scope() -> Scope {
    let resources = LedgerState.initialResources
    let count = 1 + index(4)
    let granted = (0..<count).map { _ in
      Permission(resources[index(resources.count)].name, next() % 3 == 0 ? .write : .read)
    }
    return Scope(granting: granted)
  }
}

extension KeyRecord {
  fileprivate func with(scope: Scope) -> KeyRecord {
    KeyRecord(
      kind: kind, name: name, description: description, scope: scope, fingerprint: fingerprint, masked: masked,
      predecessor: predecessor)
  }
}
