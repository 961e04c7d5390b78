package import Cryptography
package import EventLog
internal import KeyLedger
internal import SQLite
internal import Synchronization

/// Compares every row of the views, byte for byte, with those that the events make, in their order, while a verifier hands
/// them on: the log is read and decoded once for both. Memory: each key as it is now.
package final class ViewsCheck: EventFollower {
  /// Where the views stand; nil when they say nothing that could be compared.
  package let position: UInt64?
  private let work: Mutex<Work>

  package var size: UInt64 { position ?? 0 }

  /// Opens the views and says what is wrong with where they stand, however far behind the log that is. They are seen as
  /// they are now until `finish`. Before the log is verified: views that are ahead of it are then ahead in earnest. Throws
  /// `absent` where there are none, `busy`, `newerFormat` and the like, and what the log throws.
  package init(path: String, log: any EventLog) throws {
    var work: Work
    do {
      work = try Work(path)
      work.judge(log.ledger, size: try log.read { try $0.head().size })
    } catch let error as SQLiteError {
      work = try Work(damaged: ViewsError(error))
    } catch let error as ViewsError {
      work = try Work(damaged: error)
    }
    position = work.position?.sequence
    self.work = Mutex(work)
  }

  package func follow(_ events: FollowedEvents) {
    work.withLock { $0.follow(events, through: size) }
  }

  /// What was found, when all events were followed, and lets the views go. Throws the log's failure where they could not
  /// be.
  ///
  /// - Parameter root: of the log's first `size` events; nil where one of them could not be read.
  package func finish(root: Digest?) throws -> Findings {
    try work.withLock { try $0.finish(root) }
  }
}

/// The tables, and the fold that they are compared with.
private struct Work {
  private let connection: Connection
  /// Nil where they say nothing that could be compared.
  private(set) var position: ViewsPosition?
  private let keys: ViewsRows
  private let versions: ViewsRows
  private let activity: ViewsRows
  private let idempotency: ViewsRows
  private var maker = RowMaker()
  private var rows = ViewRows()
  /// The event followed last.
  private var sequence: UInt64 = 0
  private var findings = Findings()
  /// What keeps the comparison from going on.
  private var failure: (any Error)?

  /// Events whose rows are made before they are compared: few enough for the processor's cache.
  private static let batch = 256

  init(_ path: String) throws {
    let connection = try ViewsFile.openReadOnly(path)
    try connection.begin(.deferred)
    try self.init(connection)
    position = try ViewsPosition.read(connection, .live)
  }

  /// Of nothing that could be compared; what is no damage is thrown.
  init(damaged error: ViewsError) throws {
    guard case .damaged = error else { throw error }
    let empty = try Connection(path: ":memory:", mode: .create, busy: ViewsFile.busy)
    try empty.execute(ViewsSchema.script(.a))
    try self.init(empty)
    failure = error
  }

  private init(_ connection: Connection) throws {
    self.connection = connection
    keys = try ViewsRows(.keys, connection)
    versions = try ViewsRows(.versions, connection)
    activity = try ViewsRows(.activity, connection)
    idempotency = try ViewsRows(.idempotency, connection)
  }

  private var tables: [ViewsRows] { [keys, versions, activity, idempotency] }

  // MARK: Where they stand

  /// Whether what they say of it can be true of this log.
  mutating func judge(_ ledger: LedgerID, size: UInt64) {
    guard let stated = position else {
      if tables.contains(where: { $0.sequence != nil }) {
        findings.add(nil, "the views hold rows, and do not say to which event they go")
      }
      return
    }
    position = nil
    guard stated.ledger == ledger else { return findings.add(nil, "the views are those of another ledger") }
    guard stated.sequence <= size else {
      return findings.add(size + 1, "the views go to event \(stated.sequence), and the log has \(size)")
    }
    position = stated
  }

  // MARK: Comparing

  mutating func follow(_ events: FollowedEvents, through last: UInt64) {
    guard failure == nil else { return }
    do {
      var start = 0
      while start < events.events.count, sequence < last {
        let end = min(start + Work.batch, events.events.count, start + Int(last - sequence))
        try compare(events, start..<end)
        start = end
      }
      if sequence < last { failure = events.failure }
    } catch {
      failure = error
    }
  }

  private mutating func compare(_ events: FollowedEvents, _ range: Range<Int>) throws {
    rows.restart(after: sequence)
    let batch = events.events.span.extracting(range)
    maker.lookUp(batch)
    for (place, index) in range.enumerated() {
      maker.add(lookedUp: place, of: batch, details: events.data(index), to: &rows)
    }
    sequence += UInt64(range.count)
    try compareRows()
  }

  private mutating func compareRows() throws {
    let rows = rows
    try versions.compare(rows.versions, &findings) { row in
      Work.differs(keyAfter: UInt64(rows.versions.number(row, 1)))
    }
    try activity.compare(rows.activity, &findings) { row in
      let event = UInt64(rows.activity.number(row, 0))
      return (event, "the activity of event \(event) is another in the views")
    }
    try idempotency.compare(rows.idempotency, &findings) { row in
      let event = UInt64(rows.idempotency.number(row, 0))
      return (event, "the idempotency key of event \(event) is another in the views")
    }
  }

  private mutating func compareKeys() throws {
    var rows = RowValues()
    for state in maker.keys.list {
      rows.removeAll()
      rows.append(key: state)
      try keys.compare(rows, &findings) { _ in Work.differs(keyAfter: state.lastEvent) }
    }
  }

  private static func differs(keyAfter event: UInt64) -> (UInt64, String) {
    (event, "the key as event \(event) left it is another in the views")
  }

  // MARK: At the end

  mutating func finish(_ root: Digest?) throws -> Findings {
    defer {
      connection.rollback()
      connection.close()
    }
    do {
      if let failure { throw failure }
      if let position { try compareEnd(position, root) }
    } catch let error as SQLiteError {
      try add(ViewsError(error))
    } catch let error as ViewsError {
      try add(error)
    }
    return findings
  }

  private mutating func add(_ error: ViewsError) throws {
    guard case .damaged(let what) = error else { throw error }
    findings.add(nil, "the views are damaged: \(what)")
  }

  private mutating func compareEnd(_ position: ViewsPosition, _ root: Digest?) throws {
    guard sequence == position.sequence else {
      throw LogError.unreadable(sequence: sequence + 1, reason: "the log could not be read to it")
    }
    try compareKeys()
    for rows in tables { try rows.expectNone(before: .max, &findings) }
    if let root, position.root != root {
      findings.add(nil, "the views were built of other events than the first \(position.sequence)")
    }
    if position.idempotencyKeys != maker.idempotencyKeys {
      findings.add(
        nil,
        "the views count \(position.idempotencyKeys) idempotency keys, and there are \(maker.idempotencyKeys)")
    }
  }
}

/// The rows of one table, in order.
private final class ViewsRows {
  private let rows: Statement
  private let table: RowTable
  /// The number of the row that it stands at; nil behind the last.
  private(set) var sequence: Int64?

  init(_ table: RowTable, _ connection: Connection) throws(SQLiteError) {
    self.table = table
    rows = try connection.prepare(
      "SELECT \(table.list(of: "t")) FROM \(table.rawValue) AS t ORDER BY t.\(table.order)")
    try next()
  }

  private func next() throws(SQLiteError) { sequence = try rows.step() ? rows.int64(0) : nil }

  /// Whether the next rows are these and no others. `what` says which event is concerned when a row differs, and how.
  func compare(
    _ wanted: RowValues, _ findings: inout Findings, _ what: (_ row: Int) -> (UInt64, String)
  ) throws(SQLiteError) {
    for row in 0..<wanted.count {
      let number = wanted.number(row, 0)
      try expectNone(before: number, &findings)
      guard sequence == number else {
        findings.add(UInt64(number), "event \(number) has no row in \(table.rawValue) of the views")
        continue
      }
      if !rows.holds(wanted, row) {
        let (event, text) = what(row)
        findings.add(event, text)
      }
      try next()
    }
  }

  func expectNone(before number: Int64, _ findings: inout Findings) throws(SQLiteError) {
    while let found = sequence, found < number {
      findings.add(
        UInt64(exactly: found).map { $0...$0 },
        "\(table.rawValue) of the views holds a row of event \(found), which leaves none")
      try next()
    }
  }
}
