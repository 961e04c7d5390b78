import EventLog
import KeyLedger
import LedgerService
import Projections
import SeededRandom

/// What is asked of a long log in process: views find, and the key's own events confirm.
struct Questions {
  private let options: Options
  private let log: SQLiteLog
  private let views: Views

  private static let askings = 200

  init(_ options: Options) throws {
    self.options = options
    log = try SQLiteLog(path: options.history.ledger, mode: .readOnly)
    views = try Views(path: options.history.views, ledger: log.ledger)
    try views.catchUp(with: log)
  }

  func run() throws {
    print("questions to \(grouped(options.events)) events:")
    var random = SplitMix64(7)
    let all = try views.keys(KeyQuery(includingRemoved: true))
    guard let oldest = all.last?.createdAt, let newest = all.first?.createdAt else { throw Failure("no keys") }
    let asked = (0..<Questions.askings).map { _ in
      (
        key: all[random.index(all.count)].id,
        time: Instant(milliseconds: Int64.random(in: oldest.milliseconds...newest.milliseconds, using: &random))
      )
    }
    let rounds = try Rounds(
      options.rounds,
      [
        { try timed { for (key, time) in asked { _ = try views.key(key, at: sequence(at: time)) } } },
        { try timed { for (key, time) in asked { try fold(key, at: time) } } },
        { try timed { for (key, _) in asked { try activity(key) } } },
        { try timed { try table(at: asked[0].time) } },
        { try timed { try table(at: newest) } },
      ])
    each("one key as of a time, from the views", rounds.median(0))
    each("one key as of a time, from its events", rounds.median(1))
    each("a page of a key's activity", rounds.median(2))
    whole("the key table as of a time past", rounds.median(3))
    whole("the key table as of its newest key", rounds.median(4))
    try Proving(options).run(rounds: options.rounds)
    try Auditing(options).run(rounds: options.rounds)
  }

  private func each(_ what: String, _ seconds: Double) {
    let milliseconds = seconds / Double(Questions.askings) * 1_000
    Figure(what: what, ours: format(milliseconds, 3) + " ms", target: "<= 1 ms", isReached: milliseconds <= 1).show()
  }

  private func whole(_ what: String, _ seconds: Double) {
    Figure(
      what: what, ours: format(seconds * 1_000, 0) + " ms", target: "<= 150 ms", isReached: seconds <= 0.15
    ).show()
  }

  private func sequence(at time: Instant) throws -> UInt64 { try log.read { try $0.sequence(at: time) } }

  private func fold(_ key: KeyID, at time: Instant) throws {
    guard let environment = try views.environment(of: key) else { throw Failure("a key without an environment") }
    try log.read { log in
      let through = try log.sequence(at: time)
      _ = KeyState.fold(try log.events(of: .key(environment, key), through: through))
    }
  }

  private func activity(_ key: KeyID) throws {
    guard try !views.activity(of: key, limit: 50).isEmpty else { throw Failure("a key without activity") }
  }

  /// As `key list` has it.
  private func table(at time: Instant) throws {
    guard try !views.keys(KeyQuery(at: sequence(at: time))).isEmpty else { throw Failure("an empty table") }
  }
}
