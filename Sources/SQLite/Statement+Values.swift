import CSQLite

// Values in.
extension Statement {
  /// Binds parameter `index`, counted from 1. SQLite copies texts and blobs. Throws on an index that is not there, and
  /// on a statement that was stepped and not reset.
  package func bind(_ index: Int32, _ value: Int64) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_int64(statement, index, value))
  }

  package func bind(_ index: Int32, _ value: Int) throws(SQLiteError) {
    try bind(index, Int64(value))
  }

  package func bind(_ index: Int32, _ value: String) throws(SQLiteError) {
    var text = value
    let code = text.withUTF8 { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) {
        unsafe csqlite_bind_text(statement, index, $0.baseAddress, UInt64($0.count))
      }
    }
    try check(code)
  }

  package func bind(_ index: Int32, _ value: [UInt8]) throws(SQLiteError) {
    let code = unsafe value.withUnsafeBytes {
      unsafe csqlite_bind_blob(statement, index, $0.baseAddress, UInt64($0.count))
    }
    try check(code)
  }

  package func bind(_ index: Int32, _ value: SQLValue) throws(SQLiteError) {
    switch value {
    case .null: try check(unsafe sqlite3_bind_null(statement, index))
    case .integer(let value): try bind(index, value)
    case .text(let value): try bind(index, value)
    case .blob(let value): try bind(index, value)
    }
  }

  /// Binds a value or, for nil, NULL.
  package func bind<Value: SQLBindable>(_ index: Int32, _ value: Value?) throws(SQLiteError) {
    try bind(index, value.sqlValue)
  }

  /// Binds `values` to the parameters from 1 on. Where the first could be an index, it is one.
  @_disfavoredOverload
  package func bind(_ values: SQLValue...) throws(SQLiteError) {
    try bind(all: values)
  }

  func bind(all values: [SQLValue]) throws(SQLiteError) {
    for (position, value) in values.enumerated() {
      try bind(Int32(clamping: position + 1), value)
    }
  }
}

extension Statement {
  /// As `run()`, with a text and a blob bound that SQLite does not copy.
  package func run(
    lending text: (index: Int32, value: String), _ blob: (index: Int32, value: [UInt8])
  ) throws(SQLiteError) {
    var value = text.value
    let result: Result<Void, SQLiteError> = value.withUTF8 { characters in
      unsafe blob.value.withUnsafeBytes { bytes in
        Result { () throws(SQLiteError) in
          // The borrowed bytes end with this closure: no binding may outlive it.
          defer { reset() }
          try check(unsafe csqlite_lend_text(statement, text.index, characters.baseAddress, UInt64(characters.count)))
          try check(unsafe csqlite_lend_blob(statement, blob.index, bytes.baseAddress, UInt64(bytes.count)))
          while try step() {}
        }
      }
    }
    try result.get()
  }
}

// Values out, of the row that `step()` went to. Columns count from 0.
extension Statement {
  /// Whether the column is NULL.
  package func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(statement, column) == SQLITE_NULL
  }

  /// The column as an integer. SQLite converts what is stored otherwise; NULL gives 0.
  package func int64(_ column: Int32) -> Int64 {
    unsafe sqlite3_column_int64(statement, column)
  }

  package func int64OrNil(_ column: Int32) -> Int64? {
    isNull(column) ? nil : int64(column)
  }

  /// The column as text. Throws if it is not valid UTF-8, or is NULL.
  package func text(_ column: Int32) throws(SQLiteError) -> String {
    guard let bytes = unsafe sqlite3_column_text(statement, column) else {
      throw SQLiteError(code: SQLITE_MISMATCH, message: "column \(column) is NULL, text was expected", sql: sql)
    }
    let count = Int(unsafe sqlite3_column_bytes(statement, column))
    let buffer = unsafe UnsafeBufferPointer(start: bytes, count: count)
    guard let text = unsafe String(validating: buffer, as: UTF8.self) else {
      throw SQLiteError(code: SQLITE_CORRUPT, message: "column \(column) is not valid UTF-8", sql: sql)
    }
    return text
  }

  package func textOrNil(_ column: Int32) throws(SQLiteError) -> String? {
    isNull(column) ? nil : try text(column)
  }

  /// A copy of the column's bytes. NULL gives none.
  package func blob(_ column: Int32) -> [UInt8] {
    let bytes = unsafe sqlite3_column_blob(statement, column)
    let count = Int(unsafe sqlite3_column_bytes(statement, column))
    return unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
  }

  package func blobOrNil(_ column: Int32) -> [UInt8]? {
    isNull(column) ? nil : blob(column)
  }

  /// Hands `body` the column's bytes where SQLite keeps them, without a copy. `body` must not step or reset this
  /// statement. NULL gives none. It goes into whoever calls it, with its `body`.
  @inlinable
  package func withBlob<R>(_ column: Int32, _ body: (Span<UInt8>) throws -> R) throws -> R {
    try body(unsafe Span(_unsafeElements: bytes(column)))
  }

  @usableFromInline
  func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
    let value = unsafe value(column)
    let start = unsafe sqlite3_value_blob(value)?.assumingMemoryBound(to: UInt8.self)
    return unsafe UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
  }

  /// The column as SQLite holds it until the next step. Asking it costs half of what asking the statement does, which locks
  /// and looks for a failure each time; no other thread is at this connection, so neither is needed.
  func value(_ column: Int32) -> OpaquePointer? { unsafe sqlite3_column_value(statement, column) }
}
