import CSQLite

/// The database handle of C, shared by a connection and its statements so that neither outlives it.
@safe final class Handle {
  let db: OpaquePointer
  let busy: BusyHandler
  private(set) var isOpen = true

  /// Takes over an open handle.
  init(_ db: OpaquePointer, busy: BusyHandler) {
    unsafe self.db = unsafe db
    self.busy = busy
    unsafe busy.install(on: db)
  }

  deinit {
    close()
  }

  /// Ends every statement's reading, then closes. A statement used afterwards fails; SQLite frees the memory when the
  /// last of them is gone.
  func close() {
    guard isOpen else { return }
    isOpen = false
    var next = unsafe sqlite3_next_stmt(db, nil)
    while let statement = unsafe next {
      unsafe sqlite3_reset(statement)
      unsafe next = unsafe sqlite3_next_stmt(db, statement)
    }
    unsafe sqlite3_close_v2(db)
  }

  /// The handle's last error, with the statement it belongs to.
  func error(_ code: Int32, sql: String?) -> SQLiteError {
    guard isOpen else { return Self.closed(sql: sql) }
    let message = unsafe String(cString: sqlite3_errmsg(db))
    let isIO = code & 0xff == SQLITE_IOERR || code & 0xff == SQLITE_CANTOPEN || code & 0xff == SQLITE_FULL
    var systemError = isIO ? unsafe sqlite3_system_errno(db) : 0
    if isIO, systemError == 0 { systemError = unsafe csqlite_journal_errno(db) }
    return SQLiteError(code: code, message: message, sql: sql, systemError: systemError)
  }

  /// Throws unless the handle is open and `code` is SQLITE_OK.
  func check(_ code: Int32, sql: String? = nil) throws(SQLiteError) {
    guard isOpen, code == SQLITE_OK else { throw error(code, sql: sql) }
  }

  /// What a statement or connection says after `close()`.
  static func closed(sql: String?) -> SQLiteError {
    SQLiteError(code: SQLITE_MISUSE, message: "the connection is closed", sql: sql)
  }
}
