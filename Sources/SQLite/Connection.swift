import CSQLite

/// One connection to one database file, hardened and with its own way of waiting for locks.
///
/// It has one owner and is used by one thread at a time; SQLite's own mutexes are off. It is not Sendable: make it where
/// it is used, or hand it over whole.
package final class Connection {
  /// What may be done to the file.
  package enum Mode: Sendable {
    /// Reads. A database in WAL mode still wants to create its `-shm` beside it.
    case readOnly
    /// Reads and writes a file that must exist.
    case readWrite
    /// Reads and writes; a file that is absent is created with mode 0600, whatever the umask.
    case create
    /// Reads a file that nobody changes meanwhile, as in a directory that cannot be written. Takes no lock and does not
    /// look at a WAL: what is only there is not seen.
    case immutable
  }

  /// Statements kept prepared; more than the program has. Above it all are let go.
  static let cacheLimit = 256

  let handle: Handle
  private var cache: [String: Statement] = [:]

  /// Opens `path` (`:memory:` is a private database in memory).
  ///
  /// Defensive mode and recursive triggers are on; trusted schema and double-quoted strings are off. The last component
  /// of the path must not be a symbolic link. `busy` holds for every lock until `wait(_:)` changes it.
  package init(path: String, mode: Mode, busy: BusyPolicy) throws(SQLiteError) {
    let isInMemory = path == ":memory:"
    let file = isInMemory ? path : try DatabaseFile.resolve(path)
    if mode == .create, !isInMemory { try DatabaseFile.createIfAbsent(file) }
    let name = mode == .immutable ? DatabaseFile.immutableURI(file) : file

    _ = SQLiteLibrary.isSetUp
    var opened: OpaquePointer?
    let code = unsafe sqlite3_open_v2(name, &opened, Self.flags(mode), nil)
    guard let db = unsafe opened else {
      throw SQLiteError(code: SQLITE_NOMEM, message: "no memory for a connection")
    }
    handle = unsafe Handle(db, busy: BusyHandler(busy))
    guard code == SQLITE_OK else {
      let cause = handle.error(code, sql: nil)
      throw SQLiteError(
        code: cause.code, message: "\(cause.message): \(file)", systemError: cause.systemError)
    }
    try harden()
  }

  deinit {
    close()
  }

  /// Lets every statement go and closes the file, which gives up all its locks. What is called afterwards fails.
  package func close() {
    cache.removeAll()
    handle.close()
  }

  /// The statement of `sql`, reset and with nothing bound, prepared on first use and kept by its text.
  ///
  /// Whoever asks gets one of their own: while another holds the kept statement, a new one takes its place, so two loops
  /// over the same SQL do not disturb each other. `sql` must be exactly one statement.
  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    guard handle.isOpen else { throw Handle.closed(sql: sql) }
    if let index = cache.index(forKey: sql), isKnownUniquelyReferenced(&cache.values[index]) {
      let statement = cache.values[index]
      statement.reset()
      return statement
    }
    if cache.count >= Self.cacheLimit { cache.removeAll() }
    let statement = try Statement(handle, sql: sql)
    cache[sql] = statement
    return statement
  }

  /// Resets the statements that nobody holds any more. One left on a row would keep its read lock, transaction or not;
  /// one that is held is its holder's, who may be in the middle of a loop.
  func resetAbandoned() {
    // By hand: iterating over the indices keeps a copy of the dictionary, and then nothing in it is held only once.
    var index = cache.startIndex
    while index != cache.endIndex {
      if isKnownUniquelyReferenced(&cache.values[index]) { cache.values[index].reset() }
      cache.formIndex(after: &index)
    }
  }

  /// Runs the statements in `sql` one after the other, up to the first that fails. Rows are thrown away.
  package func execute(_ sql: String) throws(SQLiteError) {
    guard handle.isOpen else { throw Handle.closed(sql: sql) }
    try handle.check(unsafe sqlite3_exec(handle.db, sql, nil, nil, nil), sql: sql)
  }

  /// Rows changed by the last INSERT, UPDATE or DELETE, without those its triggers changed.
  package var changes: Int { handle.isOpen ? Int(unsafe sqlite3_changes64(handle.db)) : 0 }

  /// Row id of the last successful INSERT on this connection, 0 if there was none.
  package var lastInsertRowID: Int64 { handle.isOpen ? unsafe sqlite3_last_insert_rowid(handle.db) : 0 }

  /// Whether a transaction is open. SQLite ends one by itself on some errors, such as a full disk.
  package var isInTransaction: Bool {
    guard handle.isOpen else { return false }
    return unsafe sqlite3_get_autocommit(handle.db) == 0
  }

  /// Whether the path no longer leads to the file that is open: renamed, deleted, or replaced by another.
  package var fileHasMoved: Bool {
    guard handle.isOpen else { return true }
    var moved: Int32 = 0
    let code = unsafe sqlite3_file_control(handle.db, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
    return code != SQLITE_OK || moved != 0
  }

  /// Changes how long locks are waited for, from the next wait on.
  package func wait(_ policy: BusyPolicy) {
    handle.busy.use(policy)
  }

  private static func flags(_ mode: Mode) -> Int32 {
    let always = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW
    switch mode {
    case .readOnly: return always | SQLITE_OPEN_READONLY
    case .immutable: return always | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
    // No SQLITE_OPEN_CREATE: the file is there by now, or in memory, where this flag is not asked for.
    case .readWrite, .create: return always | SQLITE_OPEN_READWRITE
    }
  }
}
