import CSQLite

/// A prepared statement of one connection: bind, step through its rows, reset.
///
/// Parameters count from 1, columns from 0. Belongs to its connection's thread. While it stands on a row it holds a read
/// lock: reset it as soon as you have what you want.
@usableFromInline
@safe package final class Statement {
  let statement: OpaquePointer
  private let handle: Handle
  /// The text it was prepared from.
  package let sql: String

  /// Prepares `sql`, which must be one statement and nothing after it.
  init(_ handle: Handle, sql: String) throws(SQLiteError) {
    var prepared: OpaquePointer?
    var code = SQLITE_OK
    var isAlone = false
    var text = sql
    text.withUTF8 { bytes in
      // With the length given SQLite need not look for a NUL, and stops before one: `rest` shows that too.
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        var rest: UnsafePointer<CChar>?
        unsafe code = sqlite3_prepare_v3(
          handle.db, characters.baseAddress, Int32(clamping: characters.count),
          UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, &rest)
        guard let start = characters.baseAddress, let rest = unsafe rest else { return }
        isAlone = unsafe characters[(rest - start)...].allSatisfy(Self.isBlank)
      }
    }
    guard code == SQLITE_OK else { throw handle.error(code, sql: sql) }
    guard let statement = unsafe prepared else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "no statement in the text", sql: sql)
    }
    unsafe self.statement = unsafe statement
    self.handle = handle
    self.sql = sql
    guard isAlone else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "more than one statement in the text", sql: sql)
    }
  }

  deinit {
    unsafe sqlite3_finalize(statement)
  }

  /// Goes to the next row. False when there is none, or the statement gives none and is done.
  package func step() throws(SQLiteError) -> Bool {
    guard handle.isOpen else { throw Handle.closed(sql: sql) }
    let code = unsafe sqlite3_step(statement)
    switch code {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw handle.error(code, sql: sql)
    }
  }

  /// Leaves the rows and forgets what was bound.
  package func reset() {
    // Both answer only with the error of the last step, which was thrown already.
    unsafe sqlite3_reset(statement)
    unsafe sqlite3_clear_bindings(statement)
  }

  /// Steps to the end, throwing rows away, and resets, also when it fails.
  package func run() throws(SQLiteError) {
    defer { reset() }
    while try step() {}
  }

  /// Binds `values` from parameter 1 on, steps to the end and resets.
  package func run(_ values: SQLValue...) throws(SQLiteError) {
    try bind(all: values)
    try run()
  }

  /// Binds `values` from parameter 1 on, steps to the end and resets.
  package func run<each Value: SQLBindable>(_ values: repeat each Value) throws(SQLiteError) {
    var index: Int32 = 0
    for value in repeat each values {
      index += 1
      try bind(index, value.sqlValue)
    }
    try run()
  }

  /// Space, tab, line ends and a semicolon: what may follow the one statement.
  private static func isBlank(_ character: CChar) -> Bool {
    [0x20, 0x09, 0x0a, 0x0d, 0x3b].contains(character)
  }

  /// Throws unless `code` is SQLITE_OK.
  func check(_ code: Int32) throws(SQLiteError) {
    try handle.check(code, sql: sql)
  }
}
