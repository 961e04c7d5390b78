import EventLog
public import KeyLedger
package import Projections
import Synchronization
package import Vault

/// A ledger that takes commands. One instance for each process that changes it; any thread may call.
///
/// Errors are refusals, whatever went wrong below: a stable code and a sentence that says what to do.
public final class LedgerService: Sendable {
  private let thread: WriterThread

  /// Opens the ledger for writing and starts its writer's thread.
  public init(
    _ directory: LedgerDirectory, clock: any Clock = SystemClock(), randomness: any Randomness = SystemRandomness()
  ) throws(Refusal) {
    do {
      thread = try WriterThread { try Writer(directory, clock: clock, randomness: randomness) }
    } catch {
      throw Refusal(translating: error)
    }
  }

  /// Done when this returns: what it appended is durable. Blocks; never call it from the cooperative pool.
  public func submit(_ request: Request) throws(Refusal) -> Outcome {
    try thread.run(request)
  }

  /// As the other, without blocking; `completion` is called on the writer's thread and must be quick.
  public func submit(_ request: Request, completion: @escaping @Sendable (Result<Outcome, Refusal>) -> Void) {
    if !thread.enqueue(request, completion) { completion(.failure(.queueFull)) }
  }

  /// Runs commands as they would run, in one transaction in which they see each other, and undoes them all.
  public func rehearse(
    _ body: @escaping @Sendable (_ execute: (Request) -> Result<Outcome, Refusal>) -> Void
  ) throws(Refusal) {
    try thread.run { try $0.rehearse(body) }
  }

  /// Builds the views again from the log, the old ones serving until the new are complete.
  package func rebuildViews(progress: @escaping @Sendable (RebuildProgress) -> Void) throws(Refusal) -> RebuildReport {
    try thread.run { try $0.rebuildViews(progress: progress) }
  }

  /// Seals everything anew under the root key in `newKeyFile`, which then takes the old one's place.
  package func rotateRoot(
    newKeyFile: String, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws(Refusal) -> RootRotation {
    try thread.run { try $0.rotateRoot(newKeyFile: newKeyFile, progress: progress) }
  }

  /// Destroys the secrets whose time is up, as every command does when it is done. Cost: a look, when there are none.
  public func settle() throws(Refusal) { try thread.run { _ = $0.run([]) } }

  /// Destroys what the vault holds beyond what the log says.
  public func sweepVault() throws(Refusal) -> SweepReport { try thread.run { try $0.sweep() } }

  /// Why the rollback guard could not be written when that was last tried, which no command fails for; nil when it was.
  public var guardProblem: Refusal? { thread.shownProblem.withLock { $0 } }

  /// Answers what was accepted, then closes the files. Later calls are refused. Never call it from a completion: it
  /// would wait for itself.
  public func close() {
    thread.stop()
    thread.waitForEnd()
  }

  deinit { thread.stop() }
}
