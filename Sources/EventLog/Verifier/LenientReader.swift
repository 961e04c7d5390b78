import SQLite

/// A connection that reads what is there, also where the file is damaged. What the file's content keeps it from comes
/// back as `Unreadable`; busy, forbidden or absent files are thrown as `LogError`.
struct LenientReader {
  let connection: Connection

  /// Why the content could not be read, in SQLite's words.
  struct Unreadable: Error {
    let reason: String
  }

  func attempt<R>(_ calls: () throws -> R) throws -> Result<R, Unreadable> {
    do {
      return .success(try calls())
    } catch let error as SQLiteError {
      guard error.speaksOfContent else { throw LogError(error) }
      return .failure(Unreadable(reason: error.message))
    }
  }

  /// Hands `body` each row as long as it wants more. Nil when it came to the end.
  func rows(_ sql: String, _ values: Int64..., body: (Statement) throws -> Bool) throws -> Unreadable? {
    let ended = try attempt {
      let rows = try connection.prepare(sql)
      defer { rows.reset() }
      for (index, value) in values.enumerated() { try rows.bind(Int32(index + 1), value) }
      while try rows.step(), try body(rows) {}
    }
    guard case .failure(let unreadable) = ended else { return nil }
    return unreadable
  }

  /// The first column of the first row; nil when it is NULL, or there is none.
  func number(_ sql: String, _ values: Int64...) throws -> Result<Int64?, Unreadable> {
    try attempt {
      let row = try connection.prepare(sql)
      defer { row.reset() }
      for (index, value) in values.enumerated() { try row.bind(Int32(index + 1), value) }
      return try row.step() ? row.int64OrNil(0) : nil
    }
  }
}

extension Result {
  /// What succeeded; nil for a failure.
  var value: Success? { try? get() }
}
