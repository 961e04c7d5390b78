import EventLog
import KeyLedger
import Vault

/// What a sweep of the vault found.
public struct SweepReport: Sendable {
  /// Rows that no event speaks of: a crash came between the vault's commit and the ledger's. Destroyed.
  public internal(set) var orphans = 0
  /// Rows whose key, user or signing secret had ended. Destroyed.
  public internal(set) var ended = 0
  public internal(set) var live = 0
  /// Some bytes may still be in the WAL: another process was reading.
  public internal(set) var isPending = false
}

/// Keeps the vault to what the log says: destroys what has ended and what never was. Always under the log's write lock,
/// judged by the log read under it.
struct VaultKeeper {
  let log: any EventLog
  let vault: Vault
  let shown: ShownKeeper

  /// Waiting for readers to let the WAL go. Milliseconds.
  private static let patience = 2_000
  /// Notes taken up in one transaction, and rows looked at behind the newest.
  private static let maximumRows = 512
  /// Rows that every new writer looks at without the lock.
  private static let rowsLookedAt = 32

  /// Ends what a crash or a batch that failed left: orphans at the end of the vault, and bytes in its WAL when
  /// `isPending` says that there are. Returns whether some are still there.
  func finishWhatWasLeft(now clock: Instant, _ set: inout WorkingSet, isPending: Bool) throws -> Bool {
    var mustTruncate = isPending
    if try tailLooksOrphaned(clock, set) { mustTruncate = try sweepTail(clock, &set) || mustTruncate }
    return try mustTruncate && !vault.truncateLog(limitMilliseconds: VaultKeeper.patience)
  }

  /// Destroys what is due. Returns whether some bytes are still in the WAL, of these or, where `isPending`, of before.
  func settle(now clock: Instant, _ set: inout WorkingSet, isPending: Bool) throws -> Bool {
    // As everywhere the later of the clock and the log: what a clock set back takes for valid has ended all the same.
    let now = set.lastTime.map { max($0, clock) } ?? clock
    var destroyed = false
    while try set.earliestDue(vault) <= now {
      destroyed = try destroyDue(now, &set) || destroyed
    }
    if destroyed { return try !vault.truncateLog(limitMilliseconds: VaultKeeper.patience) }
    // In passing: this command ended nothing, so it does not wait for whoever is still reading.
    return try isPending && !vault.truncateLog(limitMilliseconds: 0)
  }

  private func destroyDue(_ clock: Instant, _ set: inout WorkingSet) throws -> Bool {
    defer { set.forgetEarliestDue() }
    return try underLock(clock, &set) { judge, set in
      var destroyed = false
      for note in try vault.due(at: clock.milliseconds, limit: VaultKeeper.maximumRows) {
        if try judge.verdict(owner: note.owner, kind: note.kind, &set) == .ended {
          try vault.destroy(owner: note.owner, kind: note.kind)
          destroyed = true
        }
        try vault.unschedule(owner: note.owner, kind: note.kind, at: note.at)
      }
      return destroyed
    }
  }

  /// A look without the lock, so only a hint: the newest rows may belong to a batch that is just being committed.
  private func tailLooksOrphaned(_ clock: Instant, _ set: WorkingSet) throws -> Bool {
    let newest = try vault.tail(limit: VaultKeeper.rowsLookedAt).filter(\.isLive)
    return try log.read { log in
      var set = set
      try set.enter(log)
      let judge = RowJudge(log: log, now: clock)
      return try newest.contains { try judge.verdict(owner: $0.owner, kind: $0.kind, &set) == .orphan }
    }
  }

  /// A crash leaves its orphans near the end of the vault, at most what others have committed since in front of them. What
  /// lies deeper `sweep` finds.
  private func sweepTail(_ clock: Instant, _ set: inout WorkingSet) throws -> Bool {
    try underLock(clock, &set) { judge, set in
      var destroyed = false
      for row in try vault.tail(limit: VaultKeeper.maximumRows) where row.isLive {
        guard try judge.verdict(owner: row.owner, kind: row.kind, &set) == .orphan else { continue }
        try vault.destroy(owner: row.owner, kind: row.kind)
        destroyed = true
      }
      return destroyed
    }
  }

  /// Every live row of the vault, judged.
  func sweep(now clock: Instant, _ set: inout WorkingSet) throws -> SweepReport {
    var report = SweepReport()
    var last: Int64 = 0
    var isAtEnd = false
    while !isAtEnd {
      let from = last
      var page = SweepReport()
      last = try underLock(clock, &set) { judge, set in
        let rows = try vault.liveRows(after: from, limit: VaultKeeper.maximumRows)
        for row in rows {
          let verdict = try judge.verdict(owner: row.owner, kind: row.kind, &set)
          switch verdict {
          case .live: page.live += 1
          case .ended: page.ended += 1
          case .orphan: page.orphans += 1
          }
          if verdict != .live { try vault.destroy(owner: row.owner, kind: row.kind) }
        }
        return rows.last?.row ?? from
      }
      report.live += page.live
      report.ended += page.ended
      report.orphans += page.orphans
      isAtEnd = last == from
    }
    report.isPending = try !vault.truncateLog(limitMilliseconds: VaultKeeper.patience)
    return report
  }

  /// Lock order: the log's, then the vault's.
  private func underLock<R>(
    _ clock: Instant, _ set: inout WorkingSet, _ body: (RowJudge, inout WorkingSet) throws -> R
  ) throws -> R {
    try log.write { log in
      // A ledger that lost events would take what they sealed for orphans.
      try shown.check(log)
      try set.enter(log)
      let judge = RowJudge(log: log, now: set.lastTime.map { max($0, clock) } ?? clock)
      try vault.begin()
      do {
        let result = try body(judge, &set)
        try vault.commit()
        return result
      } catch {
        vault.rollback()
        throw error
      }
    }
  }
}
