import CSQLite

/// One state of a database file, which stays as it is while others go on writing, to be copied elsewhere.
///
/// As long as it is held, the WAL can't be cut. One owner, one thread at a time.
package final class DatabaseSnapshot {
  private let connection: Connection

  /// Pages copied between two reports of progress: 1 MiB at SQLite's page size.
  private static let pagesPerStep: Int32 = 256
  /// Waiting for a lock, in milliseconds.
  private static let lockLimitMilliseconds = 5_000

  /// The state that the file is in at this moment.
  package init(of path: String) throws(SQLiteError) {
    connection = try Connection(
      path: path, mode: .readOnly, busy: .jitter(limitMilliseconds: Self.lockLimitMilliseconds))
    try connection.begin(.deferred)
    // A transaction sees the file from its first read on.
    _ = try connection.schema()
  }

  deinit {
    connection.rollback()
    connection.close()
  }

  /// Writes the state into a new file at `path`, of mode 0600, in WAL mode and synced: every row byte for byte.
  ///
  /// - Parameter progress: pages done, and all there are.
  package func copy(to path: String, progress: (_ done: Int, _ total: Int) -> Void) throws(SQLiteError) {
    let target = try Connection(
      path: path, mode: .create, busy: .jitter(limitMilliseconds: Self.lockLimitMilliseconds))
    defer { target.close() }
    guard let backup = unsafe sqlite3_backup_init(target.handle.db, "main", connection.handle.db, "main") else {
      throw target.handle.error(unsafe sqlite3_extended_errcode(target.handle.db), sql: nil)
    }
    var code = SQLITE_OK
    while code == SQLITE_OK {
      code = unsafe sqlite3_backup_step(backup, Self.pagesPerStep)
      let total = unsafe Int(sqlite3_backup_pagecount(backup))
      progress(total - Int(unsafe sqlite3_backup_remaining(backup)), total)
    }
    let finished = unsafe sqlite3_backup_finish(backup)
    guard code == SQLITE_DONE, finished == SQLITE_OK else {
      throw target.handle.error(code == SQLITE_DONE ? finished : code, sql: nil)
    }
    try target.useWriteAheadLog(.full)
  }
}
