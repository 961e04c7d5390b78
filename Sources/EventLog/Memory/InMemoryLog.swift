package import KeyLedger

/// A log that lives as long as the object: for tests of what stands above it, and as a model of the one on disk.
package final class InMemoryLog: EventLog {
  package let ledger: LedgerID
  private var rows = MemoryRows()
  private var commits: Int64 = 0
  private var isBusy = false

  /// An empty log.
  package init(ledger: LedgerID) { self.ledger = ledger }

  private init(ledger: LedgerID, _ rows: MemoryRows) {
    self.ledger = ledger
    self.rows = rows
  }

  package func read<R>(_ body: (any LogReader) throws -> R) throws -> R {
    precondition(!isBusy, "a transaction inside a transaction")
    isBusy = true
    defer { isBusy = false }
    let picture = InMemoryPicture(ledger, rows)
    defer { _ = picture.close() }
    return try body(picture)
  }

  package func write<R>(_ body: (any LogWriter) throws -> R) throws -> R { try transact(keep: true, body) }

  package func rehearse<R>(_ body: (any LogWriter) throws -> R) throws -> R { try transact(keep: false, body) }

  package func another() -> @Sendable () throws -> any EventLog {
    let (ledger, rows) = (ledger, rows)
    return { InMemoryLog(ledger: ledger, rows) }
  }

  package func changeCounter() throws -> Int64 { commits }

  private func transact<R>(keep: Bool, _ body: (any LogWriter) throws -> R) throws -> R {
    precondition(!isBusy, "a transaction inside a transaction")
    isBusy = true
    let before = rows.head
    let picture = InMemoryPicture(ledger, rows)
    // Owned by the picture alone for the while, so that appending does not copy the log.
    rows = MemoryRows()
    var isKept = false
    defer {
      rows = picture.close()
      if !isKept { rows.truncate(to: before) }
      isBusy = false
    }
    let result = try body(picture)
    isKept = keep
    if keep, picture.hasAppended { commits += 1 }
    return result
  }
}
