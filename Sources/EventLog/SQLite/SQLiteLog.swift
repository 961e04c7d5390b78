package import KeyLedger
import SQLite

/// The log in `ledger.sqlite` (design §3). Any number of processes may have it open; one appends at a time.
package final class SQLiteLog: EventLog {
  package enum Mode: Sendable {
    /// Appends are refused. Also for a file that can't be written, in a directory that can't.
    case readOnly
    case readWrite
  }

  /// How long the write lock is waited for, in milliseconds.
  package static let writeLockMilliseconds = 30_000
  /// How long any other lock is waited for, in milliseconds.
  package static let otherLocksMilliseconds = 5_000

  package let ledger: LedgerID
  private let file: LedgerFile
  private let mode: Mode
  private let writeLock: BusyPolicy
  private let isImmutable: Bool
  /// Asked for its data version and for nothing else: while a statement is open that number stands still.
  private let watcher: Connection
  private(set) var connection: Connection
  private let tileRoots = TileRoots()
  /// Of the head that this connection committed or read last.
  private var memory: HeadMemory?
  /// Whether a commit or a write failed in a way that leaves open what the disk holds.
  var isSuspect = false

  /// Opens a ledger that exists. Throws `cannotOpen`, `notALedger`, `newerFormat` (and has then written nothing), or
  /// `damaged` naming the object of the schema that is not as it must be.
  ///
  /// - Parameter writeLockMilliseconds: how long `write` waits for other writers before it throws `busy`.
  package init(
    path: String, mode: Mode, writeLockMilliseconds: Int = SQLiteLog.writeLockMilliseconds
  ) throws {
    file = try LedgerFile(path)
    self.mode = mode
    writeLock = .jitter(limitMilliseconds: writeLockMilliseconds)
    // Read-only even for a log that will be written: closing such a connection leaves the file as it is, WAL and all.
    (watcher, isImmutable) = try file.connectForReading()
    try LedgerFormat.check(watcher)
    ledger = try SQLiteLog.owner(watcher)
    connection = try SQLiteLog.connect(file, mode, isImmutable: isImmutable)
    try file.confirm()
  }

  /// The one that may write goes last: then SQLite folds the WAL into the file, and the file alone is the whole log.
  deinit {
    watcher.close()
    connection.close()
  }

  package func read<R>(_ body: (any LogReader) throws -> R) throws -> R {
    precondition(!connection.isInTransaction, "a transaction inside a transaction")
    try sql { () throws(SQLiteError) in try connection.begin(.deferred) }
    defer { connection.rollback() }
    let picture = try SQLitePicture(ledger, connection, tileRoots: tileRoots, remembering: memory)
    memory = picture.found
    defer { picture.close() }
    return try body(picture)
  }

  package func write<R>(_ body: (any LogWriter) throws -> R) throws -> R {
    try transact(body) { sealed throws(LogError) in
      try commit()
      memory = sealed
    }
  }

  package func rehearse<R>(_ body: (any LogWriter) throws -> R) throws -> R {
    try transact(body) { _ in }
  }

  package func another() -> @Sendable () throws -> any EventLog {
    let path = file.path
    return { try SQLiteLog(path: path, mode: .readOnly) }
  }

  package func changeCounter() throws -> Int64 {
    try file.confirm()
    if isImmutable, file.hasWAL { throw LogError.failed("\(file.path) is being written by now: open it again") }
    return try sql { () throws(SQLiteError) -> Int64 in try watcher.dataVersion() }
  }

  private func transact<R>(
    _ body: (any LogWriter) throws -> R, end: (HeadMemory) throws(LogError) -> Void
  ) throws -> R {
    guard mode == .readWrite else { throw LogError.readOnly("\(file.path) was opened for reading") }
    precondition(!connection.isInTransaction, "a transaction inside a transaction")
    try file.confirm()
    try recoverFromSuspicion()
    connection.wait(writeLock)
    defer { connection.wait(.jitter(limitMilliseconds: SQLiteLog.otherLocksMilliseconds)) }
    try sql { () throws(SQLiteError) in try connection.begin(.immediate) }
    // After the commit there is nothing left to undo.
    defer { connection.rollback() }
    // Brought to the head: what is remembered of the one before counts only if that is the head still.
    let picture = try SQLitePicture(ledger, connection, remembering: memory.take())
    defer {
      picture.close()
      if picture.hasFailedToWrite { isSuspect = true }
    }
    let result = try body(picture)
    try end(try picture.seal())
    return result
  }

  /// The commit point of everything that ever happens to a ledger. A crash before COMMIT has put its last frame into the
  /// WAL: nothing happened. A crash after COMMIT returned: everything happened, since that frame was synced. In between
  /// the caller has no answer yet, and either is right; there is no third.
  private func commit() throws(LogError) {
    do throws(SQLiteError) {
      try connection.commit()
    } catch {
      let outcome = LogError(atCommit: error)
      // The kernel reports a failed sync once and then takes the pages for written, so to sync again proves nothing.
      if outcome == .outcomeUnknown { isSuspect = true }
      throw outcome
    }
  }
}

extension SQLiteLog {
  private static func connect(
    _ file: LedgerFile, _ mode: Mode, isImmutable: Bool
  ) throws(LogError) -> Connection {
    switch mode {
    case .readOnly: return try file.connect(isImmutable ? .immutable : .readOnly)
    case .readWrite:
      let connection = try file.connect(.readWrite)
      try sql { () throws(SQLiteError) in
        try connection.useWriteAheadLog(.full)
        // What others left there may rest on a sync that failed.
        connection.wait(.jitter(limitMilliseconds: SQLiteLog.writeLockMilliseconds))
        try connection.renewLog()
        connection.wait(.jitter(limitMilliseconds: SQLiteLog.otherLocksMilliseconds))
      }
      return connection
    }
  }

  /// Whose ledger it is, as its first event says.
  private static func owner(_ connection: Connection) throws -> LedgerID {
    let first = try sql { () throws(SQLiteError) -> [UInt8]? in
      let row = try connection.prepare("SELECT record FROM events WHERE sequence = 1")
      defer { row.reset() }
      return try row.step() ? row.blob(0) : nil
    }
    guard let first else { throw LogError.damaged("it holds no event") }
    do throws(RecordError) {
      return try RecordCodec.ledger(of: first.span)
    } catch {
      throw LogError.unreadable(sequence: 1, reason: error.description)
    }
  }

  /// After a failed write or sync: reopens, and takes nothing before a commit of its own has gone through. It overwrites
  /// the frames that were left behind in the WAL, so that no crash can bring them back any more.
  private func recoverFromSuspicion() throws {
    guard isSuspect else { return }
    connection.close()
    connection = try SQLiteLog.connect(file, mode, isImmutable: false)
    try file.confirm()
    do throws(SQLiteError) {
      try connection.begin(.immediate)
      try SQLitePicture.rewriteHead(connection)
      try connection.commit()
    } catch {
      connection.rollback()
      let cause = LogError(atCommit: error)
      // What the caller wanted was not begun, so nothing about it is unknown.
      throw cause == .outcomeUnknown ? LogError.failed("the disk still refuses to be written: \(error)") : cause
    }
    isSuspect = false
  }
}
