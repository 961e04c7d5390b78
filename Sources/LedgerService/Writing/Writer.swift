import EventLog
import KeyLedger
import Projections
import SQLite
import Vault

/// The one writer of this process: runs batches of commands, each in one transaction of the log and one of the vault.
/// Lives on its own thread; other processes have theirs, and the log's write lock orders them all.
final class Writer {
  let log: any EventLog
  let vault: Vault
  private let directory: LedgerDirectory
  private let clock: any Clock
  private let randomness: any Randomness
  private var views: Views?
  private(set) var set = WorkingSet()
  private let keeper: VaultKeeper
  let shown: ShownKeeper
  /// Whether the vault may hold what no event speaks of, left by a crash before us or by a batch of ours that failed.
  private var mayHoldOrphans = true
  /// Whether bytes of what was destroyed may still be in the vault's WAL.
  private var isShredPending: Bool
  /// Set when the views were found to know less than they should: from then on the log is asked alone.
  private var distrustsViews = false

  /// At most so many commands share one commit.
  static let maximumBatch = 256
  /// Beyond so many idempotency keys in memory, the older ones are left to the views.
  var maximumRepeats = 100_000

  init(_ directory: LedgerDirectory, clock: any Clock, randomness: any Randomness) throws {
    self.directory = directory
    self.clock = clock
    self.randomness = randomness
    try directory.checkModes()
    log = try SQLiteLog(path: directory.ledger, mode: .readWrite)
    vault = try directory.openVault(of: log, randomness: randomness)
    shown = ShownKeeper(log, directory.rollbackGuard(of: log.ledger))
    keeper = VaultKeeper(log: log, vault: vault, shown: shown)
    // While no command is under way, there is something in it only after a crash, or when a reader was in the way.
    isShredPending = vault.hasPendingLog
  }

  /// Runs the commands in this order. One that is refused takes nothing from its neighbours; when the batch itself fails,
  /// each is tried alone, so that only those that cannot be done hear of it.
  ///
  /// - Parameter latecomers: asked whenever the commands so far are decided, before they are committed: gives those that
  ///   came meanwhile and fit, to be done with them. Their results follow those of `asked`.
  func run(_ asked: [Request], joinedBy latecomers: Latecomers = { _ in [] }) -> [Result<Outcome, Refusal>] {
    finishWhatWasLeft()
    var requests = asked
    var results: [Result<Outcome, Refusal>]
    do {
      if requests.contains(where: { $0.idempotencyKey != nil }) { try prepareForRepeats() }
      results = try commit(&requests, joinedBy: latecomers)
    } catch is ViewsCannotBeTrusted {
      giveUpViews()
      return run(requests)
    } catch {
      set = WorkingSet()
      if requests.count > 1, Writer.mayConcernOneAlone(error) { return requests.flatMap { run([$0]) } }
      let refusal = Refusal(translating: error)
      return requests.map { _ in .failure(refusal) }
    }
    for index in results.indices where Writer.accepts(results[index]) {
      results[index] = finishAcceptance(results[index])
    }
    return settle() ? results.map { $0.map { $0.markingShredPending() } } : results
  }

  typealias Latecomers = (_ fit: ([Request]) -> Bool) -> [Request]

  /// The commit point of every command. A crash before the vault's commit: nothing happened. Between the two commits:
  /// nothing happened, and rows that no event speaks of are swept by the next writer. After the log's commit: everything
  /// happened, and whoever retries with the same idempotency key gets the same ids.
  private func commit(_ requests: inout [Request], joinedBy latecomers: Latecomers) throws -> [Result<Outcome, Refusal>]
  {
    let transaction = VaultTransaction(vault)
    defer { transaction.rollback() }
    do {
      let results = try log.write { log in
        let execution = try begin(on: log, transaction)
        var results: [Result<Outcome, Refusal>] = []
        while results.count < requests.count {
          for request in requests[results.count...] { results.append(try attempt(request, execution)) }
          requests += latecomers { self.knowsRepeats || $0.allSatisfy { $0.idempotencyKey == nil } }
        }
        try transaction.commit()
        return results
      }
      for result in results { shown.committed(Writer.appended(result)) }
      return results
    } catch {
      if transaction.isCommitted { mayHoldOrphans = true }
      throw error
    }
  }

  private func begin(on log: any LogWriter, _ transaction: VaultTransaction) throws -> CommandExecution {
    let execution = CommandExecution(
      log: log, guardState: try shown.state(of: log), vault: vault, sealing: transaction, views: views, clock: clock,
      randomness: randomness)
    // Also for no command at all: what is remembered of the vault's notes counts only at this head.
    try set.enter(log)
    return execution
  }

  private func attempt(_ request: Request, _ execution: CommandExecution) throws -> Result<Outcome, Refusal> {
    do {
      return .success(try execution.execute(request, &set))
    } catch let refusal as Refusal {
      return .failure(refusal)
    }
  }

  private static func appended(_ result: Result<Outcome, Refusal>) -> [AppendedEvent] {
    if case .success(let outcome) = result, !outcome.repeated { outcome.events } else { [] }
  }

  private static func accepts(_ result: Result<Outcome, Refusal>) -> Bool {
    appended(result).contains { $0.event.data.isRestoration }
  }

  /// A restored ledger that was accepted is whole once its guard says so. Until then, also after a crash in between, it
  /// stays restored and can be accepted again.
  private func finishAcceptance(_ result: Result<Outcome, Refusal>) -> Result<Outcome, Refusal> {
    do {
      try shown.accept()
      return result
    } catch {
      let cause = Refusal(translating: error)
      return .failure(Refusal(cause.code, "The acceptance is in the log, but it does not hold yet: \(cause.message)"))
    }
  }

  /// Whether others of the batch may fare better alone. Not when nobody can get at the ledger or the vault at all: to ask
  /// again for each would only make everybody wait.
  private static func mayConcernOneAlone(_ error: any Error) -> Bool {
    switch error {
    case LogError.busy, LogError.readOnly, LogError.cannotOpen, LogError.notALedger, LogError.newerFormat,
      LogError.failed, LogError.outcomeUnknown:
      false
    case VaultError.storage(let error): !error.isBusy
    default: true
    }
  }

  /// What would happen: commands see each other, and all is undone at the end.
  func rehearse(_ body: (_ execute: (Request) -> Result<Outcome, Refusal>) -> Void) throws {
    try prepareForRepeats()
    var failure: (any Error)?
    defer { if failure is ViewsCannotBeTrusted { giveUpViews() } }
    let kept = set
    defer { set = kept }
    let transaction = VaultTransaction(vault, isRehearsal: true)
    try log.rehearse { log in
      body { request in
        do {
          return try attempt(request, begin(on: log, transaction)).map { $0.withoutSecrets() }
        } catch {
          failure = failure ?? error
          return .failure(Refusal(translating: error))
        }
      }
    }
    if let failure { throw failure }
  }

  // MARK: Repeats

  /// Whether there is an index of idempotency keys, and of no more than it may hold.
  private var knowsRepeats: Bool {
    guard let repeats = set.repeats else { return false }
    return repeats.count < maximumRepeats || distrustsViews
  }

  /// Begins the index of idempotency keys where the views end. Without views the log is read from its beginning, which is
  /// slower and just as right; and before the transaction, so that nobody waits for it.
  private func prepareForRepeats() throws {
    if knowsRepeats { return }
    let known = distrustsViews ? nil : viewsAtHead()
    if let known, known.isComplete {
      set.repeats = IdempotencyIndex(after: known.sequence)
      return
    }
    // They have lost some, so they are not what the log makes of them.
    if known != nil { giveUpViews() }
    guard set.repeats == nil else { return }
    var repeats = IdempotencyIndex(after: 0)
    try log.read { try repeats.advance($0, to: $0.head().size) }
    set.repeats = repeats
  }

  /// Brings the views to the head. Nil without views: they only find, so that is no reason to refuse anything.
  private func viewsAtHead() -> (sequence: UInt64, isComplete: Bool)? {
    do {
      let views = try views ?? Views(path: directory.views, ledger: log.ledger)
      let sequence = try views.catchUp(with: log).sequence
      self.views = views
      return (sequence, try views.knowsIdempotencyKeys(through: sequence, counting: true))
    } catch {
      views = nil
      return nil
    }
  }

  /// Whoever opens them next builds them anew.
  private func giveUpViews() {
    set = WorkingSet()
    distrustsViews = true
    do {
      try views?.startOver()
    } catch {
      // They stay as they are, and we ask them nothing any more; `doctor` compares them with the log.
    }
    views = nil
  }

  // MARK: After the commit

  /// Ends what a crash or a failed batch left. What cannot be finished now is no reason to refuse a command: it is tried
  /// again with the next one, and `vault sweep` says why.
  private func finishWhatWasLeft() {
    guard mayHoldOrphans else { return }
    do {
      isShredPending = try keeper.finishWhatWasLeft(now: now, &set, isPending: isShredPending)
      mayHoldOrphans = false
    } catch {
      set = WorkingSet()
    }
  }

  /// Destroys what has ended. The commands have succeeded already: a failure here leaves work to the next command.
  private func settle() -> Bool {
    do {
      isShredPending = try keeper.settle(now: now, &set, isPending: isShredPending)
    } catch {
      set = WorkingSet()
      isShredPending = true
    }
    return isShredPending
  }

  /// The later of the clock and the last event that we have seen.
  private var now: Instant { self.set.lastTime.map { max($0, clock.now()) } ?? clock.now() }

  func sweep() throws -> SweepReport {
    defer { set = WorkingSet() }
    return try keeper.sweep(now: now, &set)
  }

  func rotateRoot(newKeyFile: String, progress: (Int, Int) -> Void) throws -> RootRotation {
    // Under the log's write lock nobody seals or opens with the key that is on its way out.
    try log.write { log in
      try shown.check(log)
      return try vault.rotateRoot(to: newKeyFile) { progress($0.resealed, $0.total) }
    }
  }

  func rebuildViews(progress: (RebuildProgress) -> Void) throws -> RebuildReport {
    let views = try views ?? Views(path: directory.views, ledger: log.ledger)
    self.views = views
    return try views.rebuild(from: log, progress: progress)
  }
}

extension Outcome {
  /// If it ended something.
  fileprivate func markingShredPending() -> Outcome {
    guard events.contains(where: { Draft($0.event.stream, $0.event.actor, $0.event.data).ending != nil }) else {
      return self
    }
    return Outcome(
      events: events, repeated: repeated, answer: answer, secrets: secrets, secret: secret, asOf: asOf, ledger: ledger,
      shredPending: true)
  }

  fileprivate func withoutSecrets() -> Outcome {
    Outcome(events: events, repeated: repeated, answer: answer, asOf: asOf, ledger: ledger, shredPending: shredPending)
  }
}
