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
  private let row: HeadRow
  private(set) var frontier: Frontier
  /// What earlier pictures of the same file have found of its full tiles; nil for one that may append.
  let tileRoots: TileRoots?
  private var last: Instant?
  /// How many events the streams have that this transaction, or one before it at the same head, has appended to.
  private var versions: [Stream: UInt64]
  private(set) var edge: TileEdge
  private var insertion: Statement?
  private var isOpen = true
  /// The error that left rows of an append in doubt. From then on nothing is done but to throw it.
  private var failure: LogError?
  /// Whether the disk itself refused a write or a read.
  private(set) var hasFailedToWrite = false

  /// Inside a transaction, whose picture this fixes.
  init(
    _ ledger: LedgerID, _ connection: Connection, tileRoots: TileRoots? = nil,
    remembering memory: consuming HeadMemory? = nil
  ) throws(LogError) {
    self.ledger = ledger
    self.connection = connection
    self.tileRoots = tileRoots
    let known = try HeadMemory(connection, earlier: memory)
    (row, stored) = (known.row, known.head)
    frontier = stored.frontier
    last = try known.row.lastTime.map { (time) throws(LogError) in
      guard let time = Instant(tellable: time) else { throw .damaged("the last event's time is none") }
      return time
    }
    versions = known.versions
    edge = known.edge
  }

  /// What may be remembered of the head that it began at, while nothing was appended.
  var found: HeadMemory {
    precondition(frontier.size == stored.size, "what was found is not what is there any more")
    return HeadMemory(row: row, head: stored, versions: versions, edge: edge)
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
    let append = Append(ledger: ledger, size: frontier.size, lastTime: last)
    let appended = try append.prepare(drafts, at: time, marks: marks, expected: expected) { stream in
      try versions[stream] ?? version(of: stream)
    }
    for each in appended { try insert(each) }
    return appended
  }

  func lastTime() throws -> Instant? {
    precondition(isOpen, "a picture of the log was used after its transaction")
    return last
  }

  /// Adds an event that follows the last one, with the bytes that it has.
  func insert(_ appended: AppendedEvent) throws(LogError) {
    let event = appended.event
    precondition(event.sequence == frontier.size + 1, "an event out of order")
    try change { () throws(SQLiteError) in
      let row = try insertionStatement()
      try row.bind(1, Int64(event.sequence))
      try row.bind(3, Int64(event.version))
      try row.bind(4, RecordCodec.type(of: event.data))
      try row.bind(5, event.time.milliseconds)
      try row.run(lending: (2, event.stream.description), (6, appended.record))
    }
    frontier.append(appended.leafHash)
    edge.append(appended.leafHash)
    last = event.time
    versions[event.stream] = event.version
  }

  /// Kept for the whole transaction.
  private func insertionStatement() throws(SQLiteError) -> Statement {
    if let insertion { return insertion }
    let statement = try connection.prepare(
      "INSERT INTO events(sequence, stream, version, type, time, record) VALUES (?, ?, ?, ?, ?, ?)")
    insertion = statement
    return statement
  }

  /// Writes what follows from the events appended: the tiles that they complete, then the head. Last thing before COMMIT.
  /// Gives what may be remembered once that has succeeded.
  func seal() throws -> HeadMemory {
    if let failure { throw failure }
    guard frontier.size != stored.size else { return found }
    for id in Tile.tilesCompleted(from: stored.size, to: frontier.size) {
      let hashes = try tile(id)
      try change { () throws(SQLiteError) in
        let row = try connection.prepare("INSERT INTO tiles(level, number, hashes) VALUES (?, ?, ?)")
        try row.run(id.level, Int64(id.number), SQLitePicture.bytes(of: hashes))
      }
    }
    let head = LogHead(frontier: frontier)
    let row = HeadRow(head, lastTime: last)
    try change { () throws(SQLiteError) in
      let update = try connection.prepare("UPDATE head SET size = ?, root = ?, frontier = ?")
      try update.bind(1, row.size)
      try update.bind(2, row.root)
      try update.bind(3, row.frontier)
      try update.run()
    }
    let written = try HeadRow(connection)
    precondition(written == row, "the head is not what was written, or not where the events end")
    return HeadMemory(row: row, head: head, versions: versions, edge: edge.open)
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

  static func bytes(of hashes: [Digest]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(hashes.count * Digest.byteCount)
    for hash in hashes { hash.append(to: &bytes) }
    return bytes
  }
}
