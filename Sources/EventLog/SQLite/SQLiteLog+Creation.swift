package import KeyLedger
import SQLite

extension SQLiteLog {
  /// Makes a new ledger of mode 0600 with its founding events, in one transaction, and opens it. A crash leaves a file
  /// with nothing in it, over which this may be tried again. Throws `cannotOpen` when something is there already.
  package static func create(
    path: String, ledger: LedgerID, founding drafts: [Draft], at time: Instant, marks: EventMarks = EventMarks()
  ) throws -> (log: SQLiteLog, appended: [AppendedEvent]) {
    precondition(!drafts.isEmpty, "a ledger begins with an event")
    let appended = try create(path: path, ledger: ledger) { picture in
      try picture.append(drafts, at: time, marks: marks, expected: [:])
    }
    return (try SQLiteLog(path: path, mode: .readWrite), appended)
  }

  /// As above, with whatever `fill` appends.
  static func create<R>(path: String, ledger: LedgerID, _ fill: (SQLitePicture) throws -> R) throws -> R {
    let connection = try sql { () throws(SQLiteError) -> Connection in
      try Connection(path: path, mode: .create, busy: .jitter(limitMilliseconds: otherLocksMilliseconds))
    }
    defer { connection.close() }
    try sql { () throws(SQLiteError) in
      try connection.useWriteAheadLog(.full)
      try connection.begin(.immediate)
    }
    defer { connection.rollback() }
    let isEmpty = try sql { () throws(SQLiteError) -> Bool in
      try connection.schema().isEmpty ? try connection.applicationID() == 0 : false
    }
    guard isEmpty else { throw LogError.cannotOpen("\(path): something is there already") }
    try sql { () throws(SQLiteError) in
      try connection.execute(LedgerFormat.schema)
      try connection.setApplicationID(LedgerFormat.applicationID)
      try connection.setUserVersion(LedgerFormat.version)
      try SQLitePicture.insertEmptyHead(connection)
    }
    let picture = try SQLitePicture(ledger, connection)
    defer { picture.close() }
    let result = try fill(picture)
    _ = try picture.seal()
    do throws(SQLiteError) {
      try connection.commit()
    } catch {
      throw LogError(atCommit: error)
    }
    return result
  }
}
