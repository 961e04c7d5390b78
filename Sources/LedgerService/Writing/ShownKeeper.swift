import EventLog
import KeyLedger

/// The writer's part in the rollback guard: judges the ledger under the write lock, and keeps what was appended, at
/// least once a second while there is something and once more at the end. Never before the commit, and never on the way
/// of an answer.
final class ShownKeeper {
  private let log: any EventLog
  private var watch: GuardWatch
  /// Since when the log has events that the guard does not know; nil when it has none of ours.
  private var pendingSince: ContinuousClock.Instant?
  /// Why the guard could not be written when that was last tried; nil when it was.
  private(set) var problem: Refusal?
  /// How old the guard may get while events are appended.
  var interval = Duration.seconds(1)

  init(_ log: any EventLog, _ rollback: RollbackGuard) {
    self.log = log
    watch = GuardWatch(rollback)
  }

  /// Under the write lock.
  func state(of log: some LogReader) throws -> GuardState {
    _ = watch.look()
    return try watch.state(of: log)
  }

  /// Under the write lock; throws the refusal of a restored ledger.
  func check(_ log: some LogReader) throws {
    if case .restored(let reason) = try state(of: log) { throw Refusal.restored(reason) }
  }

  /// What was committed, in its order.
  func committed(_ appended: [AppendedEvent]) {
    if appended.isEmpty { return }
    watch.follow(appended)
    pendingSince = pendingSince ?? .now
  }

  /// Milliseconds until the guard should be written; nil when there is nothing to keep.
  var millisecondsUntilDue: Int? {
    guard let pendingSince else { return nil }
    let left = (pendingSince + interval - .now) / .milliseconds(1)
    return max(0, Int(left.rounded(.up)))
  }

  func keepIfDue() {
    // Who holds the lock is keeping something newer, or as new: then the next time is soon enough.
    if let left = millisecondsUntilDue, left == 0 { keep(limitMilliseconds: 0) }
  }

  /// At the end of a process that appended.
  func keepAtEnd() {
    if pendingSince != nil { keep(limitMilliseconds: ShownKeeper.patience) }
  }

  /// Waiting for another writer of the guard, in milliseconds.
  private static let patience = 5_000

  /// The commands have succeeded already: a failure is told, and tried again with the next.
  private func keep(limitMilliseconds: Int) {
    do {
      try watch.keep(log, durably: false, limitMilliseconds: limitMilliseconds)
      (pendingSince, problem) = (nil, nil)
    } catch GuardError.busy where limitMilliseconds == 0 {
      pendingSince = .now
    } catch {
      pendingSince = .now
      problem = Refusal(translating: error)
    }
  }

  /// Ends the restored state of a ledger whose acceptance is in the log. Takes the write lock.
  func accept() throws {
    try log.rehearse { try watch.rollback.replace(underLock: $0) }
    pendingSince = nil
  }
}
