internal import CSQLite

/// The values of one row that is to be written: numbers, and texts and blobs in one piece of memory, where SQLite reads
/// them. Filled again for each row it allocates nothing, and binds at a third of the cost of values one by one.
package struct RowValues: Sendable {
  fileprivate enum Value {
    case null
    case integer(Int64)
    case text(Range<Int>)
    case blob(Range<Int>)
  }

  fileprivate var values: [Value] = []
  /// Never empty: an empty text needs an address too, without one it would be NULL.
  fileprivate var bytes: [UInt8] = [0]

  package init() {}

  package mutating func removeAll() {
    values.removeAll(keepingCapacity: true)
    bytes.removeLast(bytes.count - 1)
  }

  package mutating func appendNull() { values.append(.null) }

  package mutating func append(_ number: Int64) { values.append(.integer(number)) }

  package mutating func append(_ number: UInt64) { values.append(.integer(Int64(number))) }

  package mutating func append(_ flag: Bool) { values.append(.integer(flag ? 1 : 0)) }

  package mutating func append(_ number: Int64?) { values.append(number.map { .integer($0) } ?? .null) }

  package mutating func append(_ text: String) { appendText({ $0.append(contentsOf: text.utf8) }) }

  package mutating func append(_ text: String?) { if let text { append(text) } else { appendNull() } }

  /// A text of these bytes, which must be UTF-8.
  package mutating func append(text: Span<UInt8>) {
    appendText({ bytes in unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) } })
  }

  /// A text of the bytes that `write` appends, which must be UTF-8.
  package mutating func appendText(_ write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    write(&bytes)
    values.append(.text(start..<bytes.count))
  }

  /// A blob of the bytes that `write` appends.
  package mutating func appendBlob(_ write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    write(&bytes)
    values.append(.blob(start..<bytes.count))
  }
}

extension Statement {
  /// Binds the values to the parameters from 1 on, steps to the end, throwing rows away, and resets.
  package func run(_ row: borrowing RowValues) throws(SQLiteError) {
    // What is bound in place is read by the steps alone, and bound anew before the next.
    let code = unsafe row.bytes.withUnsafeBufferPointer { bytes in
      for index in row.values.indices {
        let code = unsafe bind(Int32(index + 1), row.values[index], in: bytes)
        guard code == SQLITE_OK else { return code }
      }
      var code = SQLITE_ROW
      while code == SQLITE_ROW { code = unsafe sqlite3_step(statement) }
      unsafe sqlite3_reset(statement)
      return code == SQLITE_DONE ? SQLITE_OK : code
    }
    try check(code)
  }

  private func bind(_ index: Int32, _ value: RowValues.Value, in bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
    switch value {
    case .null: return unsafe sqlite3_bind_null(statement, index)
    case .integer(let number): return unsafe sqlite3_bind_int64(statement, index, number)
    case .text(let range):
      guard let start = bytes.baseAddress else { return SQLITE_MISUSE }
      return unsafe (start + range.lowerBound).withMemoryRebound(to: CChar.self, capacity: range.count) {
        // No destructor: the bytes stay where they are until the statement is reset.
        unsafe sqlite3_bind_text64(statement, index, $0, UInt64(range.count), nil, UInt8(SQLITE_UTF8))
      }
    case .blob(let range):
      guard let start = bytes.baseAddress else { return SQLITE_MISUSE }
      return unsafe sqlite3_bind_blob64(statement, index, start + range.lowerBound, UInt64(range.count), nil)
    }
  }
}
