import EventLog
import KeyLedger
import Projections
import SQLite
import Transparency
import Vault

// The ledger, and what stands beside it.
extension Doctor {
  private func log() throws -> SQLiteLog { try SQLiteLog(path: directory.ledger, mode: .readOnly) }

  func ledger() throws -> Result {
    let log = try log()
    let size = try log.read { try $0.head().size }
    return (.ok, "\(log.ledger), \(size) events", nil)
  }

  /// How many of the newest events are read.
  private static let newest: UInt64 = 256

  func newestEvents() throws -> Result {
    try log().read { log in
      let head = try log.head()
      let known = head.size - min(head.size, Doctor.newest)
      // Each must at least be one; of those that fill no tile yet the tree is worked out from the records.
      try log.eventsInOrder(after: known, through: head.size) { _, _ in true }
      guard try treeHash(size: head.size, reader: log) == head.root else {
        return (
          .tampering, "the newest events do not hash to the log's own root",
          "Run `keyledger verify`, which names the first bad event; then put a whole ledger in place or use `recover`."
        )
      }
      return (.ok, "the newest \(head.size - known) agree with the tree; `keyledger verify` reads all", nil)
    }
  }

  func rollbackGuard() throws -> Result {
    let log = try log()
    let rollback = directory.rollbackGuard(of: log.ledger)
    switch try rollback.state(of: log) {
    case .restored(.contradicted(let shown)):
      return (
        .tampering, RestoredReason.contradicted(shown: shown).description,
        "This is another log: put the one back that was shown. `keyledger accept-restore` accepts this one as it is."
      )
    case .restored(let reason):
      return (
        .failure, "\(reason): no key is verified and nothing changed",
        "Put the newer ledger back, or accept this one: `keyledger accept-restore --reason TEXT`."
      )
    case .whole:
      let size = if case .checkpoint(let kept) = rollback.kept() { kept.size } else { UInt64(0) }
      let found = "\(size) events were shown, and are there"
      guard Doctor.shareVolume(rollback.path, directory.ledger) else { return (.ok, found, nil) }
      return (
        .warning, found + "; the guard lies on the ledger's volume",
        "Move it to another one, and name it in $KEYLEDGER_SHOWN: else a directory that is restored whole is not found out."
      )
    }
  }

  func time() throws -> Result {
    guard let last = try log().read({ try $0.lastTime() }) else { return (.ok, "the log has no time yet", nil) }
    let behind = last.milliseconds - clock.now().milliseconds
    guard behind > Situation.clockTolerance else { return (.ok, "not behind the log", nil) }
    return (.warning, "\(behind / 60_000) minutes behind the log's last event", "Set the clock right.")
  }

  private func openVault(_ log: SQLiteLog) throws -> Vault {
    // To look draws no randomness.
    try Vault(
      path: directory.vault, rootKeyPath: directory.rootKeyPath, ledger: log.ledger.description, mode: .readOnly,
      random: { _ in throw VaultError.randomness })
  }

  func rootKey() throws -> Result {
    try openVault(try log()).checkRootKey()
    guard Doctor.shareVolume(directory.rootKeyPath, directory.vault) else {
      return (.ok, "opens the vault, from another volume", nil)
    }
    return (
      .warning, "opens the vault, and lies on its volume",
      "Move it to another one, and name it in $KEYLEDGER_ROOT_KEY_FILE: else a stolen disk holds both. Keep a copy."
    )
  }

  private static let pageRows = 512

  func vault() throws -> Result {
    let log = try log()
    let vault = try openVault(log)
    let isPending = vault.hasPendingLog
    var (live, beyond) = (0, 0)
    var last: Int64 = 0
    while true {
      // The vault is read before the log, so that no row is older than the picture that it is judged by.
      let rows = try vault.liveRows(after: last, limit: Doctor.pageRows)
      guard let newest = rows.last else { break }
      last = newest.row
      try log.read { log in
        var set = WorkingSet()
        try set.enter(log)
        let judge = RowJudge(log: log, now: max(clock.now(), set.lastTime ?? clock.now()))
        for row in rows {
          if try judge.verdict(owner: row.owner, kind: row.kind, &set) == .live { live += 1 } else { beyond += 1 }
        }
      }
    }
    if beyond > 0 {
      return (
        .warning, "\(live) rows are live, \(beyond) have ended or belong to no event",
        "Run `keyledger vault sweep`, which destroys them."
      )
    }
    let lost = try lostRows(of: vault, log)
    if lost > 0 {
      return (
        .warning, "\(live) rows; \(lost) names and signing secrets that the log speaks of are not among them",
        "Put the vault back from a backup; else rotate signing secrets and keys, which makes new ones."
      )
    }
    guard isPending else { return (.ok, "\(live) rows, all live", nil) }
    return (
      .warning, "\(live) rows, all live; its write-ahead log may hold bytes of destroyed ones",
      "Run `keyledger vault sweep` when no other process uses the ledger."
    )
  }

  private struct Row: Hashable {
    let owner: String
    let kind: String
  }

  /// How many rows it ought to hold and does not, but for those of keys, which are too many to be asked for one by one.
  private func lostRows(of vault: Vault, _ log: SQLiteLog) throws -> Int {
    let missing = try rowsSpokenOf(log).filter { try !vault.isLive(owner: $0.owner, kind: $0.kind) }
    // What has ended meanwhile is not missed.
    return missing.isEmpty ? 0 : missing.intersection(try rowsSpokenOf(log)).count
  }

  private func rowsSpokenOf(_ log: SQLiteLog) throws -> Set<Row> {
    try log.read { log in
      var set = WorkingSet()
      try set.enter(log)
      let users = try set.allUsers(log).filter { !$0.forgotten }
      let environments = try log.environments().compactMap { try set.environment($0, log) }
      return Set(
        users.map { Row(owner: $0.id.description, kind: VaultKind.handle) }
          + environments.map { Row(owner: $0.id.text, kind: VaultKind.signing($0.signing.generation)) })
    }
  }

  func views() throws -> Result {
    guard LedgerDirectory.mode(of: directory.views) != nil else {
      return (.ok, "there are none; the next command that wants them builds them", nil)
    }
    let log = try log()
    let views: Views
    let position: ViewsPosition?
    do {
      views = try Views(readOnly: directory.views, ledger: log.ledger)
      position = try views.position()
    } catch {
      return (.warning, Refusal(translating: error).message, "Run `keyledger rebuild`.")
    }
    guard let position else { return (.warning, "they are of another ledger", "Run `keyledger rebuild`.") }
    return try log.read { log in
      let size = try log.head().size
      guard position.sequence <= size, try treeHash(size: position.sequence, reader: log) == position.root else {
        return (.warning, "the log does not confirm where they stand", "Run `keyledger rebuild`.")
      }
      let behind = size - position.sequence
      return (.ok, behind == 0 ? "at the head of the log" : "\(behind) events behind; the next read follows", nil)
    }
  }
}
