internal import CSQLite
import Glibc

/// The values of rows that are to be written, or compared with: numbers, and texts and blobs in one piece of memory, where
/// SQLite reads them. Filled again and again it allocates nothing, and binds at a third of the cost of values one by one.
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
  /// Where each row that is whole ends in `values`.
  private var ends: [Int] = []

  package init() {}

  /// How many rows are whole.
  package var count: Int { ends.count }

  package mutating func removeAll() {
    values.removeAll(keepingCapacity: true)
    bytes.removeLast(bytes.count - 1)
    ends.removeAll(keepingCapacity: true)
  }

  /// What was appended since the last row's end is a row.
  package mutating func endRow() { ends.append(values.count) }

  /// A row's places in `values`.
  fileprivate func places(_ row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

  /// Traps where the value is no number.
  package func number(_ row: Int, _ column: Int) -> Int64 {
    guard case .integer(let number) = values[places(row).lowerBound + column] else {
      preconditionFailure("no number in column \(column)")
    }
    return number
  }

  package mutating func appendNull() { values.append(.null) }

  package mutating func append(_ number: Int64) { values.append(.integer(number)) }

  package mutating func append(_ number: UInt64) { values.append(.integer(Int64(number))) }

  package mutating func append(_ flag: Bool) { values.append(.integer(flag ? 1 : 0)) }

  package mutating func append(_ number: Int64?) { values.append(number.map { .integer($0) } ?? .null) }

  package mutating func append(_ text: String) { append(text: text.utf8.span) }

  package mutating func append(_ text: StaticString) {
    appendText({
      unsafe $0.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    })
  }

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
  /// Binds a row's values to the parameters from 1 on, steps to the end, throwing rows away, and resets.
  package func run(_ rows: borrowing RowValues, _ row: Int) throws(SQLiteError) { try run(rows, row...row) }

  /// As above with some rows, one behind the other.
  package func run(_ rows: borrowing RowValues, _ range: ClosedRange<Int>) throws(SQLiteError) {
    let places = rows.places(range.lowerBound).lowerBound..<rows.places(range.upperBound).upperBound
    // What is bound in place is read by the steps alone, and bound anew before the next.
    let code = unsafe rows.bytes.withUnsafeBufferPointer { bytes in
      for place in places {
        let code = unsafe bind(Int32(place - places.lowerBound + 1), rows.values[place], in: bytes)
        guard code == SQLITE_OK else { return code }
      }
      var code = SQLITE_ROW
      while code == SQLITE_ROW { code = unsafe sqlite3_step(statement) }
      unsafe sqlite3_reset(statement)
      return code == SQLITE_DONE ? SQLITE_OK : code
    }
    try check(code)
  }

  /// Whether the row that `step()` went to begins with the values of a row: type for type, byte for byte.
  package func holds(_ rows: borrowing RowValues, _ row: Int) -> Bool {
    let places = rows.places(row)
    return unsafe rows.bytes.withUnsafeBufferPointer { bytes in
      for place in places {
        guard unsafe holds(Int32(place - places.lowerBound), rows.values[place], in: bytes) else { return false }
      }
      return true
    }
  }

  private func holds(_ column: Int32, _ wanted: RowValues.Value, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let found = unsafe value(column)
    let type = unsafe sqlite3_value_type(found)
    switch wanted {
    case .null: return type == SQLITE_NULL
    case .integer(let number): return unsafe type == SQLITE_INTEGER && sqlite3_value_int64(found) == number
    case .text(let range): return unsafe type == SQLITE_TEXT && holds(column, bytes[range])
    case .blob(let range): return unsafe type == SQLITE_BLOB && holds(column, bytes[range])
    }
  }

  private func holds(_ column: Int32, _ wanted: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    let found = unsafe bytes(column)
    guard unsafe found.count == wanted.count else { return false }
    // Of no bytes there is no address.
    let wanted = unsafe UnsafeBufferPointer(rebasing: wanted)
    guard let start = found.baseAddress, let wanted = wanted.baseAddress else { return wanted.isEmpty }
    return unsafe memcmp(start, wanted, found.count) == 0
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
