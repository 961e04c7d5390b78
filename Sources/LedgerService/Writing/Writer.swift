import EventLog
import KeyLedger
import Projections
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
  private var set = WorkingSet()
  private let keeper: VaultKeeper
  private var hasFinishedWhatWasLeft = false

  /// At most so many commands share one commit.
  static let maximumBatch = 256

  init(_ directory: LedgerDirectory, clock: any Clock, randomness: any Randomness) throws {
    self.directory = directory
    self.clock = clock
    self.randomness = randomness
    try directory.checkModes()
    log = try SQLiteLog(path: directory.ledger, mode: .readWrite)
    vault = try directory.openVault(of: log.ledger, randomness: randomness)
    keeper = VaultKeeper(log: log, vault: vault)
  }

  /// Runs the commands in this order. One that is refused takes nothing from its neighbours; when the batch itself fails,
  /// each is tried alone, so that only those that cannot be done hear of it.
  func run(_ requests: [Request]) -> [Result<Outcome, Refusal>] {
    var results: [Result<Outcome, Refusal>]
    finishWhatWasLeft()
    do {
      prepareForRepeats(requests)
      results = try commit(requests)
    } catch LogError.outcomeUnknown {
      set = WorkingSet()
      results = requests.map { _ in .failure(Refusal(translating: LogError.outcomeUnknown)) }
    } catch  where requests.count > 1 {
      set = WorkingSet()
      return requests.flatMap { run([$0]) }
    } catch {
      set = WorkingSet()
      results = [.failure(Refusal(translating: error))]
    }
    let isPending = settle()
    for index in results.indices { results[index] = results[index].map { $0.marking(shredPending: isPending) } }
    return results
  }

  /// The commit point of every command. A crash before the vault's commit: nothing happened. Between the two commits:
  /// nothing happened, and rows that no event speaks of are swept by the next writer. After the log's commit: everything
  /// happened, and whoever retries with the same idempotency key gets the same ids.
  private func commit(_ requests: [Request]) throws -> [Result<Outcome, Refusal>] {
    let transaction = VaultTransaction(vault, now: clock.now())
    defer { transaction.rollback() }
    return try log.write { log in
      let results = try execute(requests, on: log, transaction)
      try transaction.commit()
      return results
    }
  }

  private func execute(_ requests: [Request], on log: any LogWriter, _ transaction: VaultTransaction) throws
    -> [Result<Outcome, Refusal>]
  {
    let execution = CommandExecution(
      log: log, vault: vault, sealing: transaction, views: views, clock: clock, randomness: randomness)
    return try requests.map { request in
      do {
        return .success(try execution.execute(request, &set))
      } catch let refusal as Refusal {
        return .failure(refusal)
      }
    }
  }

  /// What would happen: commands see each other, and all is undone at the end.
  func rehearse(_ body: (_ execute: (Request) -> Result<Outcome, Refusal>) -> Void) throws {
    let kept = set
    defer { set = kept }
    set.repeats = IdempotencyIndex()
    set.repeats.begin(after: viewsAtHead())
    let transaction = VaultTransaction(vault, now: clock.now(), isRehearsal: true)
    var failure: (any Error)?
    try log.rehearse { log in
      body { request in
        do {
          guard let result = try execute([request], on: log, transaction).first else {
            preconditionFailure("a command without a result")
          }
          return result.map { $0.withoutSecrets() }
        } catch {
          failure = failure ?? error
          return .failure(Refusal(translating: error))
        }
      }
    }
    if let failure { throw failure }
  }

  // MARK: Repeats

  /// The index of idempotency keys begins where the views end; without views, at the beginning.
  private func prepareForRepeats(_ requests: [Request]) {
    guard !set.repeats.isBegun, requests.contains(where: { $0.idempotencyKey != nil }) else { return }
    set.repeats.begin(after: viewsAtHead())
  }

  private func viewsAtHead() -> UInt64 {
    do {
      let views = try views ?? Views(path: directory.views, ledger: log.ledger)
      let position = try views.catchUp(with: log)
      self.views = views
      return position.sequence
    } catch {
      // Views only find: without them the log is read from its beginning, which is slower and just as right.
      views = nil
      return 0
    }
  }

  // MARK: After the commit

  /// Once in the life of a writer. What cannot be finished now is no reason to refuse a command: `vault sweep` says why.
  private func finishWhatWasLeft() {
    guard !hasFinishedWhatWasLeft else { return }
    hasFinishedWhatWasLeft = true
    do {
      _ = try keeper.finishWhatWasLeft(now: clock.now(), &set)
    } catch {
      set = WorkingSet()
    }
  }

  /// Destroys what has ended. The commands have succeeded already: a failure here leaves work to the next writer.
  private func settle() -> Bool {
    do {
      return try keeper.settle(now: clock.now(), &set)
    } catch {
      set = WorkingSet()
      return true
    }
  }

  func sweep() throws -> SweepReport {
    defer { set = WorkingSet() }
    return try keeper.sweep(now: clock.now(), &set)
  }

  func rotateRoot(newKeyFile: String, progress: (Int, Int) -> Void) throws -> RootRotation {
    // Under the log's write lock nobody seals or opens with the key that is on its way out.
    try log.write { _ in try vault.rotateRoot(to: newKeyFile) { progress($0.resealed, $0.total) } }
  }

  func rebuildViews(progress: (RebuildProgress) -> Void) throws -> RebuildReport {
    let views = try views ?? Views(path: directory.views, ledger: log.ledger)
    self.views = views
    return try views.rebuild(from: log, progress: progress)
  }
}

extension Outcome {
  fileprivate func marking(shredPending isPending: Bool) -> Outcome {
    guard isPending, events.contains(where: { Draft($0.event.stream, $0.event.actor, $0.event.data).ending != nil })
    else { return self }
    var marked = self
    marked.shredPending = true
    return marked
  }

  fileprivate func withoutSecrets() -> Outcome {
    var bare = self
    bare.secrets = [:]
    bare.secret = nil
    return bare
  }
}
