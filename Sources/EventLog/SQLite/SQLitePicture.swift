import Cryptography
import KeyLedger
import SQLite
import Transparency

/// The log as one transaction sees it, and appends to it.
final class SQLitePicture: LogWriter {
  let ledger: LedgerID
  let connection: Connection
  /// The head as the file has it.
  let stored: LogHead
  private(set) var frontier: Frontier
  /// What earlier pictures of the same file have found of its full tiles; nil for one that may append.
  let tileRoots: TileRoots?
  private var isOpen = true
  /// The error that left rows of an append in doubt. From then on nothing is done but to throw it.
  private var failure: LogError?
  /// Whether the disk itself refused a write or a read.
  private(set) var hasFailedToWrite = false

  /// Inside a transaction, whose picture this fixes.
  init(_ ledger: LedgerID, _ connection: Connection, tileRoots: TileRoots? = nil) throws(LogError) {
    self.ledger = ledger
    self.connection = connection
    self.tileRoots = tileRoots
    stored = try SQLitePicture.readHead(connection)
    frontier = stored.frontier
  }

  /// What is asked afterwards traps.
  func close() { isOpen = false }

  /// Runs SQLite calls of this transaction.
  func ask<R>(_ calls: () throws(SQLiteError) -> R) throws(LogError) -> R {
    precondition(isOpen, "a picture of the log was used after its transaction")
    if let failure { throw failure }
    return try sql(calls)
  }

  func head() throws -> LogHead {
    precondition(isOpen, "a picture of the log was used after its transaction")
    return frontier.size == stored.size ? stored : LogHead(frontier: frontier)
  }

  func append(
    _ drafts: [Draft], at time: Instant, marks: EventMarks, expected: [Stream: UInt64]
  ) throws -> [AppendedEvent] {
    let append = Append(ledger: ledger, size: frontier.size, lastTime: try lastTime())
    let appended = try append.prepare(drafts, at: time, marks: marks, expected: expected) { try version(of: $0) }
    for each in appended { try insert(each) }
    return appended
  }

  /// Adds an event that follows the last one, with the bytes that it has.
  func insert(_ appended: AppendedEvent) throws(LogError) {
    let event = appended.event
    precondition(event.sequence == frontier.size + 1, "an event out of order")
    try change { () throws(SQLiteError) in
      let row = try connection.prepare(
        "INSERT INTO events(sequence, stream, version, type, time, record) VALUES (?, ?, ?, ?, ?, ?)")
      try row.bind(1, Int64(event.sequence))
      try row.bind(2, event.stream.description)
      try row.bind(3, Int64(event.version))
      try row.bind(4, RecordCodec.type(of: event.data))
      try row.bind(5, event.time.milliseconds)
      try row.bind(6, appended.record)
      try row.run()
    }
    frontier.append(appended.leafHash)
  }

  /// Writes what follows from the events appended: the tiles that they complete, then the head. Last thing before COMMIT.
  func seal() throws {
    if let failure { throw failure }
    guard frontier.size != stored.size else { return }
    for id in Tile.tilesCompleted(from: stored.size, to: frontier.size) {
      let hashes = try tile(id)
      try change { () throws(SQLiteError) in
        let row = try connection.prepare("INSERT INTO tiles(level, number, hashes) VALUES (?, ?, ?)")
        try row.run(id.level, Int64(id.number), SQLitePicture.bytes(of: hashes))
      }
    }
    let head = LogHead(frontier: frontier)
    try change { () throws(SQLiteError) in
      let row = try connection.prepare("UPDATE head SET size = ?, root = ?, frontier = ?")
      try row.run(Int64(head.size), head.root.bytes, head.frontier.serialized)
    }
    let written = try SQLitePicture.readHead(connection)
    precondition(written == head, "the head is not what was written, or not where the events end")
  }

  /// Runs a statement that must change exactly one row. When it fails, rows before it may stand in the transaction, or
  /// SQLite may have undone them: nothing more may be done in it.
  private func change(_ statement: () throws(SQLiteError) -> Void) throws(LogError) {
    precondition(isOpen, "a picture of the log was used after its transaction")
    if let failure { throw failure }
    do throws(SQLiteError) {
      try statement()
    } catch {
      let cause = LogError(error)
      failure = cause
      hasFailedToWrite = error.isIO && cause != .noSpace
      throw cause
    }
    precondition(connection.changes == 1, "a statement that changed other than one row")
  }
}

extension SQLitePicture {
  static func insertEmptyHead(_ connection: Connection) throws(SQLiteError) {
    let head = LogHead(frontier: Frontier())
    let row = try connection.prepare("INSERT INTO head(size, root, frontier) VALUES (?, ?, ?)")
    try row.run(Int64(head.size), head.root.bytes, head.frontier.serialized)
  }

  /// Makes the head a page that must be written, without changing it. By way of another value: SQLite does not touch a
  /// page for a row that is overwritten by the same bytes.
  static func rewriteHead(_ connection: Connection) throws(SQLiteError) {
    let row = try connection.prepare("SELECT root FROM head")
    guard try row.step() else { throw SQLiteError(code: 11, message: "no head") }
    let root = row.blob(0)
    row.reset()
    let update = try connection.prepare("UPDATE head SET root = ?")
    try update.run(root.map { ~$0 })
    try update.run(root)
  }

  /// The head row, held against itself and the events.
  private static func readHead(_ connection: Connection) throws(LogError) -> LogHead {
    let rows = try sql { () throws(SQLiteError) -> [(size: Int64, root: [UInt8], frontier: [UInt8], last: Int64)] in
      let row = try connection.prepare(
        "SELECT size, root, frontier, (SELECT coalesce(max(sequence), 0) FROM events) FROM head LIMIT 2")
      defer { row.reset() }
      var rows: [(Int64, [UInt8], [UInt8], Int64)] = []
      while try row.step() { rows.append((row.int64(0), row.blob(1), row.blob(2), row.int64(3))) }
      return rows
    }
    guard let row = rows.first, rows.count == 1 else { throw .damaged("it has \(rows.count) heads") }
    guard row.size == row.last else { throw .damaged("the head says \(row.size) events, the last is \(row.last)") }
    guard let size = UInt64(exactly: row.size), let frontier = Frontier(size: size, serialized: row.frontier) else {
      throw .damaged("the head's frontier is not one of \(row.size) events")
    }
    let head = LogHead(frontier: frontier)
    guard head.root.bytes == row.root else { throw .damaged("the head's root does not follow from its frontier") }
    return head
  }

  static func bytes(of hashes: [Digest]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(hashes.count * Digest.byteCount)
    for hash in hashes { hash.append(to: &bytes) }
    return bytes
  }
}
