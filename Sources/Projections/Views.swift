package import Cryptography
internal import Glibc
package import KeyLedger
internal import SQLite
package import Transparency

/// `views.sqlite`: what the log says about keys, laid out for questions. Disposable: deleted, it is built again.
///
/// Views find, the log decides: whatever lets someone in or out is confirmed by events. An instance belongs to one
/// thread at a time; other threads and processes open their own.
package final class Views {
  package let ledger: LedgerID
  let path: String
  let limits: ViewsLimits
  private let isReadOnly: Bool
  private(set) var connection: Connection
  var reader = KeyRowReader()

  /// Opens the views of a ledger, creating them where there are none. Views that are damaged or another program's are
  /// replaced by empty ones; those of a newer format are left alone and refused. About a millisecond.
  package init(path: String, ledger: LedgerID, limits: ViewsLimits = ViewsLimits()) throws(ViewsError) {
    self.path = path
    self.limits = limits
    self.ledger = ledger
    isReadOnly = false
    connection = try Views.connect(path, isReadOnly: false)
  }

  /// Opens them for reading alone, as where the directory can't be written. They answer as of where they stand.
  package init(readOnly path: String, ledger: LedgerID) throws(ViewsError) {
    self.path = path
    limits = ViewsLimits()
    self.ledger = ledger
    isReadOnly = true
    connection = try Views.connect(path, isReadOnly: true)
  }

  /// Whether the file may be written, as far as its permissions go.
  var isWritable: Bool { unsafe isReadOnly ? false : access(path, W_OK) == 0 }

  package func close() { connection.close() }

  /// Where they stand in the log; nil when that can't be read, or is another ledger's.
  package func position() throws -> ViewsPosition? {
    let position = try translated { try ViewsPosition.read(connection, .live) }
    return position?.ledger == ledger ? position : nil
  }

  /// Removes the file, whatever is in it, and begins an empty one. Other processes notice and follow.
  package func startOver() throws {
    guard !isReadOnly else { throw ViewsError.readOnly("these views were opened for reading alone") }
    if !connection.fileHasMoved { try ViewsFile.remove(path, ifStill: FileIdentity(path), .delete) }
    try reopen()
  }

  /// Opens whatever the path leads to now.
  func reopen() throws {
    connection.close()
    reader = KeyRowReader()
    connection = try Views.connect(path, isReadOnly: isReadOnly)
  }

  private static func connect(_ path: String, isReadOnly: Bool) throws(ViewsError) -> Connection {
    do {
      return try isReadOnly ? ViewsFile.openReadOnly(path) : ViewsFile.open(path)
    } catch let error as SQLiteError {
      throw ViewsError(error)
    } catch let error as ViewsError {
      throw error
    } catch {
      throw .failed("\(error)")
    }
  }
}

/// How much is done at a time.
package struct ViewsLimits: Sendable {
  /// Events in a transaction.
  package var pageEvents: UInt64 = 1_000
  /// Pages for one look at the log: a long one would keep its WAL from being cut.
  package var pagesPerLook = 50
  /// From so many events on, views that hold nothing are filled as a rebuild does it, which is far quicker.
  package var bulkEvents: UInt64 = 20_000
  /// From so many keys on a second thread is worth its start and its connection, a millisecond or two.
  package var manyKeys = 20_000

  package init() {}
}

/// How far tables have come in a log, and what shows that it was this log.
package struct ViewsPosition: Equatable, Sendable {
  package let ledger: LedgerID
  package let frontier: Frontier
  /// The Merkle root of the log's first `sequence` events.
  package let root: Digest
  /// How many idempotency keys were used up to there, so that it shows when one of them is no longer in the views.
  package let idempotencyKeys: UInt64

  /// The number of the last event that is in them.
  package var sequence: UInt64 { frontier.size }

  init(ledger: LedgerID, frontier: Frontier, idempotencyKeys: UInt64) {
    self.ledger = ledger
    self.frontier = frontier
    self.idempotencyKeys = idempotencyKeys
    root = frontier.root
  }

  /// The beginning of any log.
  static func start(_ ledger: LedgerID) -> ViewsPosition {
    ViewsPosition(ledger: ledger, frontier: Frontier(), idempotencyKeys: 0)
  }

  /// Nil when there is no row, or one that contradicts itself.
  static func read(_ connection: Connection, _ tables: ViewsSchema.Tables) throws(SQLiteError) -> ViewsPosition? {
    let row = try connection.prepare(
      "SELECT ledger, sequence, root, frontier, idempotency_keys FROM \"\(tables.name("position"))\" WHERE id = 1")
    defer { row.reset() }
    guard try row.step(), let ledger = LedgerID(try row.text(0)), let size = UInt64(exactly: row.int64(1)),
      let frontier = Frontier(size: size, serialized: row.blob(3)), frontier.root.bytes == row.blob(2),
      let idempotencyKeys = UInt64(exactly: row.int64(4))
    else { return nil }
    return ViewsPosition(ledger: ledger, frontier: frontier, idempotencyKeys: idempotencyKeys)
  }

  func write(_ connection: Connection, _ tables: ViewsSchema.Tables) throws(SQLiteError) {
    try connection.prepare(
      """
      INSERT INTO "\(tables.name("position"))"(id, ledger, sequence, root, frontier, idempotency_keys)
      VALUES(1, ?1, ?2, ?3, ?4, ?5)
      ON CONFLICT(id) DO UPDATE SET ledger = ?1, sequence = ?2, root = ?3, frontier = ?4, idempotency_keys = ?5
      """
    ).run(ledger.description, Int64(frontier.size), root.bytes, frontier.serialized, Int64(idempotencyKeys))
  }
}
