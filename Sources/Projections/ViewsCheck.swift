package import EventLog
internal import Formats
internal import KeyLedger
internal import SQLite
internal import Transparency

/// Compares every row of the views with a fresh fold of the log, in the order of the events. Memory: the last version of
/// each key.
package struct ViewsCheck {
  /// Where the views stand; nil when they say nothing that could be compared.
  package private(set) var position: UInt64?
  package private(set) var findings = Findings()

  private let log: any EventLog
  private let versions: ViewsRows
  private let activity: ViewsRows
  private let idempotency: ViewsRows
  private var reader = KeyRowReader()
  private var keys: [KeyID: KeyVersion] = [:]
  /// Which event each key's last row claims to be followed by.
  private var claims: [KeyID: KeyVersion.Place] = [:]
  private var frontier = Frontier()
  private var lastIdempotency: Hash256?
  private var idempotencyKeys: UInt64 = 0

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
    let columns = KeyRowReader.columns(of: "key_versions")
    versions = try ViewsRows("key_versions", connection, "SELECT \(columns) FROM key_versions ORDER BY from_sequence")
    activity = try ViewsRows(
      "key_activity", connection, "SELECT sequence, key, time, type, actor, details FROM key_activity ORDER BY sequence"
    )
    idempotency = try ViewsRows("idempotency", connection, "SELECT sequence, key FROM idempotency ORDER BY sequence")
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
      if versions.sequence != nil || activity.sequence != nil || idempotency.sequence != nil {
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

  // MARK: Comparing

  private mutating func compare(
    through position: ViewsPosition, _ progress: (_ done: UInt64, _ total: UInt64) -> Void
  ) throws {
    while frontier.size < position.sequence {
      let through = min(frontier.size + ViewsLimits().pageEvents, position.sequence)
      try log.read { log in
        try log.eventsInOrder(after: frontier.size, through: through) { event, record in
          try compare(event, record)
          return true
        }
      }
      progress(frontier.size, position.sequence)
    }
    for rows in [versions, activity, idempotency] { try rows.expectNone(before: .max, &findings) }
    for (key, place) in claims { findings.add(place.sequence, "the views know a change of \(key) that did not happen") }
    if position.root != frontier.root {
      findings.add(nil, "the views were built of other events than the first \(position.sequence)")
    }
    if position.idempotencyKeys != idempotencyKeys {
      findings.add(
        nil, "the views count \(position.idempotencyKeys) idempotency keys, and there are \(idempotencyKeys)")
    }
  }

  private mutating func compare(_ event: Event, _ record: Span<UInt8>) throws {
    frontier.append(MerkleTree.leafHash(record))
    try compareIdempotency(event)
    guard case .key(_, let id) = event.stream, let version = KeyVersion.after(event, keys[id]) else { return }
    keys[id] = version
    let place = KeyVersion.Place(sequence: event.sequence, time: event.time)
    if version.state.firstEvent != event.sequence, claims[id] != place {
      findings.add(event.sequence, "in the views the version before event \(event.sequence) does not end with it")
    }
    claims[id] = nil
    if try versions.stands(at: event.sequence, &findings) {
      try compare(version)
      try versions.next()
    }
    if try activity.stands(at: event.sequence, &findings) {
      try compareActivity(of: id, event, record)
      try activity.next()
    }
  }

  private mutating func compare(_ version: KeyVersion) throws {
    let sequence = version.state.lastEvent
    do {
      let row = try reader.version(versions.rows)
      claims[version.state.id] = row.to
      if !ViewsCheck.isSame(row.state, version.state) || row.endedBy != version.endedBy || row.from != version.from {
        findings.add(sequence, "the key as event \(sequence) left it is another in the views")
      }
    } catch ViewsError.damaged(let what) {
      findings.add(sequence, what)
    }
  }

  /// Byte for byte: `String` takes composed and decomposed letters for equal.
  private static func isSame(_ a: KeyState, _ b: KeyState) -> Bool {
    a == b && sameBytes(a.name, b.name) && sameBytes(a.description, b.description) && sameBytes(a.masked, b.masked)
  }

  private mutating func compareActivity(of key: KeyID, _ event: Event, _ record: Span<UInt8>) throws {
    let row = activity.rows
    let details = try RecordParts.data(of: record)
    let isSame =
      try sameText(row, 1, key.description) && row.int64(2) == event.time.milliseconds
      && sameText(row, 3, RecordCodec.type(of: event.data)) && sameText(row, 4, event.actor.description)
      && row.withBlob(5) { Array(copying: $0) == Array(copying: record.extracting(details)) }
    if !isSame { findings.add(event.sequence, "the activity of event \(event.sequence) is another in the views") }
  }

  private mutating func compareIdempotency(_ event: Event) throws {
    guard let key = event.marks.idempotency?.key, key != lastIdempotency else { return }
    lastIdempotency = key
    idempotencyKeys += 1
    guard try idempotency.stands(at: event.sequence, &findings) else { return }
    if try idempotency.rows.withBlob(1, { Hash256(span: $0) }) != key {
      findings.add(event.sequence, "the idempotency key of event \(event.sequence) is another in the views")
    }
    try idempotency.next()
  }

  private func sameText(_ row: Statement, _ column: Int32, _ text: String) throws -> Bool {
    try row.withBlob(column) { Array(copying: $0) } == Array(text.utf8)
  }
}

/// The rows of one table, each of an event, in the order of the events.
private final class ViewsRows {
  let rows: Statement
  private let table: String
  /// The event of the row that it stands at; nil behind the last.
  private(set) var sequence: Int64?

  init(_ table: String, _ connection: Connection, _ sql: String) throws(SQLiteError) {
    self.table = table
    rows = try connection.prepare(sql)
    try next()
  }

  func next() throws(SQLiteError) { sequence = try rows.step() ? rows.int64(0) : nil }

  /// Whether it stands at that event's row. Rows before it are of events that leave none.
  func stands(at event: UInt64, _ findings: inout Findings) throws(SQLiteError) -> Bool {
    try expectNone(before: Int64(event), &findings)
    if sequence == Int64(event) { return true }
    findings.add(event, "event \(event) has no row in \(table) of the views")
    return false
  }

  func expectNone(before event: Int64, _ findings: inout Findings) throws(SQLiteError) {
    while let found = sequence, found < event {
      findings.add(
        UInt64(exactly: found).map { $0...$0 }, "\(table) of the views holds a row of event \(found), which leaves none"
      )
      try next()
    }
  }
}
