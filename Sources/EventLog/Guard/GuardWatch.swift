import KeyLedger
package import Transparency

/// Tells at each look whether a ledger is restored, at next to no cost while nothing has happened: a stat of the guard,
/// and a hash for each event that others have appended.
///
/// Ask `look()`, then take a picture of the log, then `state(of:)` it.
package struct GuardWatch {
  package let rollback: RollbackGuard
  private var stamp: GuardStamp
  private var kept: RollbackGuard.Kept
  /// The log as far as it is known to hold what is kept; nil while it does not.
  private var confirmed: Frontier?

  /// The size that a power cut can't take from the guard any more, as far as we have seen to it.
  private var durable: UInt64 = 0

  /// Beyond so many new events it costs less to work the old root out again.
  private static let maximumAdvance: UInt64 = 1_024

  package init(_ rollback: RollbackGuard) {
    self.rollback = rollback
    let found = rollback.file.read()
    (stamp, kept) = (found.stamp, rollback.interpret(found))
  }

  /// Takes in what stands at the guard's path. Returns whether it is the same as at the last look.
  package mutating func look() -> Bool {
    if GuardStamp(of: rollback.path) == stamp { return true }
    let found = rollback.file.read()
    let now = rollback.interpret(found)
    stamp = found.stamp
    // What follows what is confirmed will be seen in the records; what does not must be judged anew.
    if now != kept { confirmed = nil }
    kept = now
    return false
  }

  /// The state, by a picture of the log that is newer than the last look.
  package mutating func state(of log: some LogReader) throws -> GuardState {
    let head = try log.head()
    if let confirmed, try Self.extends(head, confirmed, log) {
      self.confirmed = head.frontier
      return .whole
    }
    confirmed = nil
    let state = try RollbackGuard.judge(kept, log)
    if state == .whole { confirmed = head.frontier }
    return state
  }

  /// What was appended under the write lock since `state(of:)` was asked in it, once it is committed.
  package mutating func follow(_ appended: [AppendedEvent]) {
    for each in appended where each.event.sequence == (confirmed?.size ?? 0) + 1 { confirmed?.append(each.leafHash) }
  }

  /// Keeps the log's head, unless what is kept is as new; returns the head's checkpoint. On the way it is seen that the
  /// head extends what was kept, otherwise it throws `GuardError.restored` and writes nothing.
  ///
  /// A file of its own is synced and then renamed, so whatever happens the guard is there, old or new. Not inside a
  /// transaction of the log.
  ///
  /// - Parameters:
  ///   - durably: nor is it the old one again after a power cut, which is needed before a checkpoint leaves.
  ///   - limitMilliseconds: how long another writer is waited for before it throws `GuardError.busy`.
  @discardableResult
  package mutating func keep(
    _ log: any EventLog, durably: Bool, limitMilliseconds: Int = GuardFile.lockLimitMilliseconds
  ) throws -> Checkpoint {
    _ = look()
    // Where there is no guard there is nothing to lock either.
    if case .nothing(let found) = kept { throw GuardError.restored(.unguarded(found)) }
    return try rollback.file.exclusively(limitMilliseconds: limitMilliseconds) {
      _ = look()
      let newest = try log.read { log in
        if case .restored(let reason) = try state(of: log) { throw GuardError.restored(reason) }
        return rollback.checkpoint(at: try log.head())
      }
      if kept != .checkpoint(newest) {
        try rollback.file.replace(with: Array(newest.text().utf8))
        (stamp, kept) = (GuardStamp(of: rollback.path), .checkpoint(newest))
      }
      if durably, durable != newest.size {
        try rollback.file.syncDirectory()
        durable = newest.size
      }
      return newest
    }
  }

  private static func extends(_ head: LogHead, _ known: Frontier, _ log: some LogReader) throws -> Bool {
    if head.frontier == known { return true }
    guard known.size < head.size, head.size - known.size <= maximumAdvance else { return false }
    var frontier = known
    try log.records(after: known.size, through: head.size) { _, record in
      frontier.append(MerkleTree.leafHash(record))
      return true
    }
    return frontier == head.frontier
  }
}
