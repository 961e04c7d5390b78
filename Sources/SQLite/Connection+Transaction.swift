/// When a transaction takes its locks.
package enum TransactionKind: Sendable {
  /// A read lock with the first read. From then on it sees one state of the file.
  case deferred
  /// The write lock at once: what is read can still be written.
  case immediate
}

extension Connection {
  /// Opens a transaction, waiting for the write lock as the busy policy says.
  package func begin(_ kind: TransactionKind) throws(SQLiteError) {
    switch kind {
    case .deferred: try prepare("BEGIN DEFERRED").run()
    case .immediate: try prepare("BEGIN IMMEDIATE").run()
    }
  }

  /// Commits. If it throws, the transaction may be open still (`isInTransaction`): call `rollback()`. After `isIO` what
  /// was written is neither done nor refused: the WAL may bring it back after a crash.
  package func commit() throws(SQLiteError) {
    try prepare("COMMIT").run()
  }

  /// Undoes the open transaction, if there is one.
  package func rollback() {
    guard isInTransaction else { return }
    // A ROLLBACK that fails has met an I/O error, and such an error itself undoes the transaction.
    try? execute("ROLLBACK")
  }

  /// Runs `body` on one state of the file, whatever others commit meanwhile, and ends the transaction in any case, with
  /// the statements that `body` left half read. One that outlives `body` in its caller's hands must be reset there.
  package func read<R>(_ body: () throws -> R) throws -> R {
    try begin(.deferred)
    // Nothing was written, so to roll back is to end it.
    defer { end() }
    return try body()
  }

  /// Runs `body` with the write lock held and commits what it wrote; if it throws, nothing was written.
  package func write<R>(_ body: () throws -> R) throws -> R {
    try begin(.immediate)
    // After a commit there is nothing left to roll back.
    defer { end() }
    let result = try body()
    try commit()
    return result
  }

  private func end() {
    rollback()
    resetAbandoned()
  }
}
