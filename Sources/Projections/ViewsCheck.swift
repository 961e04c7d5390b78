package import EventLog
internal import KeyLedger
internal import SQLite
internal import Transparency

/// Compares every row of the views, byte for byte, with those that a fresh fold of the log makes, in the order of the
/// events: one thread folds, another compares. Memory: each key as it is now.
package struct ViewsCheck {
  /// Where the views stand; nil when they say nothing that could be compared.
  package private(set) var position: UInt64?
  package private(set) var findings = Findings()

  private let log: any EventLog
  private let keys: ViewsRows
  private let versions: ViewsRows
  private let activity: ViewsRows
  private let idempotency: ViewsRows

  /// Compares them as of where they stand, however far behind the log that is. What is wrong with them is a finding.
  /// Throws `absent` where there are none, `busy`, `newerFormat` and the like, and what the log throws.
  package static func run(
    path: String, log: any EventLog, progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws -> ViewsCheck {
    do {
      let connection = try ViewsFile.openReadOnly(path)
      defer { connection.close() }
      // Before the log is looked at: views that are ahead of it are then ahead in earnest.
      return try connection.read {
        var check = try ViewsCheck(connection, log)
        if let position = try check.standing(connection) { try check.compare(through: position, progress) }
        return check
      }
    } catch let error as SQLiteError {
      return try ViewsCheck(log, ViewsError(error))
    } catch let error as ViewsError {
      return try ViewsCheck(log, error)
    }
  }

  private init(_ connection: Connection, _ log: any EventLog) throws {
    self.log = log
    keys = try ViewsRows(.keys, connection)
    versions = try ViewsRows(.versions, connection)
    activity = try ViewsRows(.activity, connection)
    idempotency = try ViewsRows(.idempotency, connection)
  }

  /// Damage where nothing could be compared; what is no damage is thrown.
  private init(_ log: any EventLog, _ error: ViewsError) throws {
    guard case .damaged(let what) = error else { throw error }
    let empty = try Connection(path: ":memory:", mode: .create, busy: ViewsFile.busy)
    try empty.execute(ViewsSchema.script(.a))
    try self.init(empty, log)
    findings.add(nil, "the views are damaged: \(what)")
  }

  // MARK: Where they stand

  private mutating func standing(_ connection: Connection) throws -> ViewsPosition? {
    let position = try ViewsPosition.read(connection, .live)
    guard let position else {
      if tables.contains(where: { $0.sequence != nil }) {
        findings.add(nil, "the views hold rows, and do not say to which event they go")
      }
      return nil
    }
    guard position.ledger == log.ledger else {
      findings.add(nil, "the views are those of another ledger")
      return nil
    }
    let size = try log.read { try $0.head().size }
    guard position.sequence <= size else {
      findings.add(size + 1, "the views go to event \(position.sequence), and the log has \(size)")
      return nil
    }
    self.position = position.sequence
    return position
  }

  private var tables: [ViewsRows] { [keys, versions, activity, idempotency] }

  // MARK: Comparing

  private mutating func compare(
    through position: ViewsPosition, _ progress: (_ done: UInt64, _ total: UInt64) -> Void
  ) throws {
    let fold = RowsAhead(log.ledger)
    try fold.forEachBatch(log, through: position.sequence, events: ViewsLimits().pageEvents) { rows in
      try compare(rows)
      progress(rows.frontier.size, position.sequence)
      return true
    }
    try compare(fold.keys)
    for rows in tables { try rows.expectNone(before: .max, &findings) }
    let reached = fold.position
    if position.root != reached.root {
      findings.add(nil, "the views were built of other events than the first \(position.sequence)")
    }
    if position.idempotencyKeys != reached.idempotencyKeys {
      findings.add(
        nil,
        "the views count \(position.idempotencyKeys) idempotency keys, and there are \(reached.idempotencyKeys)")
    }
  }

  private mutating func compare(_ rows: ViewRows) throws {
    try versions.compare(rows.versions, &findings) { row in
      ViewsCheck.differs(keyAfter: UInt64(rows.versions.number(row, 1)))
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

  private mutating func compare(_ states: [KeyState]) throws {
    var rows = RowValues()
    for state in states {
      rows.removeAll()
      rows.append(key: state)
      try keys.compare(rows, &findings) { _ in ViewsCheck.differs(keyAfter: state.lastEvent) }
    }
  }

  private static func differs(keyAfter event: UInt64) -> (UInt64, String) {
    (event, "the key as event \(event) left it is another in the views")
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
