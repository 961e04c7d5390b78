import CSQLite

extension Connection {
  /// How hard a commit is pressed to the disk.
  package enum Synchronous: Int64, Sendable {
    /// Commits may be lost by a power cut, the file stays whole.
    case normal = 1
    /// A commit that returned is on the disk.
    case full = 2
  }

  /// The integer that `PRAGMA name` gives. `name` may set as well: `secure_delete=ON`. Throws if it gives no row, as an
  /// unknown pragma does.
  package func pragma(_ name: String) throws(SQLiteError) -> Int64 {
    let statement = try row("PRAGMA \(name)")
    defer { statement.reset() }
    return statement.int64(0)
  }

  /// The text that `PRAGMA name` gives. As `pragma(_:)`.
  package func pragmaText(_ name: String) throws(SQLiteError) -> String {
    let statement = try row("PRAGMA \(name)")
    defer { statement.reset() }
    return try statement.text(0)
  }

  /// The number in the file's header that says whose file it is; 0 in a new one.
  package func applicationID() throws(SQLiteError) -> Int32 {
    Int32(truncatingIfNeeded: try pragma("application_id"))
  }

  /// Sets the application id; undone with the transaction it stands in.
  package func setApplicationID(_ id: Int32) throws(SQLiteError) {
    try execute("PRAGMA application_id=\(id)")
  }

  /// The version of the schema, 0 in a new file.
  package func userVersion() throws(SQLiteError) -> Int64 {
    try pragma("user_version")
  }

  /// Sets the version of the schema; undone with the transaction it stands in.
  package func setUserVersion(_ version: Int32) throws(SQLiteError) {
    try execute("PRAGMA user_version=\(version)")
  }

  /// Moves whenever *another* connection, of this process or not, has committed a change. About 1 µs.
  ///
  /// Ask on a connection that holds no transaction and no statement open, else it stands still.
  package func dataVersion() throws(SQLiteError) -> Int64 {
    // Asked in every turn of a server's loop: a text that is not put together needs no memory.
    let statement = try row("PRAGMA data_version")
    defer { statement.reset() }
    return statement.int64(0)
  }

  /// Puts the file in WAL mode, sets `synchronous`, and reads both back. Not inside a transaction.
  package func useWriteAheadLog(_ synchronous: Synchronous) throws(SQLiteError) {
    let mode = try pragmaText("journal_mode=WAL")
    try execute("PRAGMA synchronous=\(synchronous.rawValue)")
    guard mode == "wal", try pragma("synchronous") == synchronous.rawValue else {
      throw SQLiteError(code: SQLITE_ERROR, message: "journal_mode is \(mode), wal was asked for")
    }
  }

  /// Copies the whole WAL into the database and cuts it to nothing (`wal_checkpoint(TRUNCATE)`). False when another
  /// connection still read or wrote at the end of the busy policy's limit. Not inside a transaction.
  package func checkpointTruncate() throws(SQLiteError) -> Bool {
    guard handle.isOpen else { throw Handle.closed(sql: nil) }
    let code = unsafe sqlite3_wal_checkpoint_v2(handle.db, "main", SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    if code & 0xff == SQLITE_BUSY { return false }
    try handle.check(code, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    return true
  }

  /// Sets, and reads back, what keeps a crafted file or a slip in our SQL from doing harm.
  func harden() throws(SQLiteError) {
    try configure(SQLITE_DBCONFIG_DEFENSIVE, on: true)
    try configure(SQLITE_DBCONFIG_TRUSTED_SCHEMA, on: false)
    try configure(SQLITE_DBCONFIG_DQS_DDL, on: false)
    try configure(SQLITE_DBCONFIG_DQS_DML, on: false)
    // Without them INSERT OR REPLACE deletes a row and no DELETE trigger hears of it.
    try execute("PRAGMA recursive_triggers=ON")
    guard try pragma("recursive_triggers") == 1 else {
      throw SQLiteError(code: SQLITE_ERROR, message: "recursive_triggers stays off")
    }
  }

  private func configure(_ option: Int32, on: Bool) throws(SQLiteError) {
    var now: Int32 = -1
    try handle.check(unsafe csqlite_db_config(handle.db, option, on ? 1 : 0, &now))
    guard now == (on ? 1 : 0) else {
      throw SQLiteError(code: SQLITE_ERROR, message: "this SQLite library does not take option \(option)")
    }
  }

  private func row(_ pragma: String) throws(SQLiteError) -> Statement {
    let statement = try prepare(pragma)
    guard try statement.step() else {
      throw SQLiteError(code: SQLITE_ERROR, message: "the pragma gives no value", sql: pragma)
    }
    return statement
  }
}
