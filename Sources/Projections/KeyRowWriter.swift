internal import EventLog
internal import Formats
internal import KeyLedger
internal import SQLite

/// Writes what events make of the tables. Within a transaction of its caller.
struct KeyRowWriter {
  private let insertVersion: Statement
  private let closeVersion: Statement
  private let insertActivity: Statement
  private let insertIdempotency: Statement
  /// The row at hand.
  private var row = RowValues()

  init(_ connection: Connection, _ tables: ViewsSchema.Tables) throws(SQLiteError) {
    insertVersion = try connection.prepare(
      """
      INSERT INTO "\(tables.name("key_versions"))"(from_sequence, to_sequence, first_event, version, from_time, to_time,
        created_at, expires_at, ended_by_event, ended_at_once, revealable, migrated, removed, key, environment, kind,
        ended_because, name, description, scope, fingerprint, masked, predecessor, successor, integration, created_by)
      VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
        ?24, ?25, ?26)
      """)
    closeVersion = try connection.prepare(
      "UPDATE \"\(tables.name("key_versions"))\" SET to_sequence = ?2, to_time = ?3 WHERE from_sequence = ?1")
    insertActivity = try connection.prepare(
      """
      INSERT INTO "\(tables.name("key_activity"))"(sequence, key, time, type, actor, details)
      VALUES(?1, ?2, ?3, ?4, ?5, ?6)
      """)
    insertIdempotency = try connection.prepare(
      "INSERT INTO \"\(tables.name("idempotency"))\"(sequence, key) VALUES(?1, ?2)")
  }

  mutating func insert(_ version: KeyVersion) throws(SQLiteError) {
    let state = version.state
    row.removeAll()
    row.append(state.lastEvent)
    row.append(version.to.map { Int64($0.sequence) })
    row.append(state.firstEvent)
    row.append(state.revision)
    row.append(version.from.milliseconds)
    row.append(version.to?.time.milliseconds)
    row.append(state.createdAt.milliseconds)
    row.append(state.ending?.at.milliseconds)
    row.append(version.endedBy.map { Int64($0) })
    row.append(state.ending?.isUnconditional == true)
    row.append(state.revealable)
    row.append(state.migrated)
    row.append(state.removed)
    row.appendText({ state.id.write(to: &$0) })
    row.append(state.environment.text)
    row.append(state.kind.rawValue)
    row.append(state.ending?.because.rawValue)
    row.append(state.name)
    row.append(state.description)
    row.appendText({ ScopeText.write(state.scope, to: &$0) })
    row.appendBlob({ state.fingerprint.write(to: &$0) })
    row.append(state.masked)
    if let id = state.predecessor { row.appendText({ id.write(to: &$0) }) } else { row.appendNull() }
    if let id = state.successor { row.appendText({ id.write(to: &$0) }) } else { row.appendNull() }
    row.append(state.integration?.text)
    row.append(state.createdBy.description)
    try insertVersion.run(row)
  }

  /// The version that event `sequence` made holds no longer, or holds again (nil).
  func close(_ sequence: UInt64, at place: KeyVersion.Place?) throws(SQLiteError) {
    try closeVersion.run(
      Int64(sequence), place.map { Int64($0.sequence) }, place?.time.milliseconds)
  }

  /// `details` is the data of the event as its record has it.
  mutating func insertActivity(of key: KeyID, _ event: Event, details: Span<UInt8>) throws(SQLiteError) {
    row.removeAll()
    row.append(event.sequence)
    row.appendText({ key.write(to: &$0) })
    row.append(event.time.milliseconds)
    row.append(RecordCodec.type(of: event.data))
    row.append(event.actor.description)
    row.append(text: details)
    try insertActivity.run(row)
  }

  func insertIdempotency(_ key: Hash256, at sequence: UInt64) throws(SQLiteError) {
    try insertIdempotency.run(Int64(sequence), key.bytes)
  }

  /// The key of the last command that had one, as the table holds it, so that where a page begins makes no difference.
  static func lastIdempotency(_ connection: Connection, _ tables: ViewsSchema.Tables) throws -> Hash256? {
    let row = try connection.prepare(
      "SELECT key FROM \"\(tables.name("idempotency"))\" ORDER BY sequence DESC LIMIT 1")
    defer { row.reset() }
    return try row.step() ? row.withBlob(0) { Hash256(span: $0) } : nil
  }
}

/// A scope as a JSON array, `["*"]` for everything.
enum ScopeText {
  static func write(_ scope: Scope, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "["))
    switch scope {
    case .everything: text.append(contentsOf: "\"*\"".utf8)
    case .permissions(let list):
      for (place, permission) in list.enumerated() {
        if place > 0 { text.append(UInt8(ascii: ",")) }
        // A slug, a colon and a word: nothing that JSON would escape.
        text.append(UInt8(ascii: "\""))
        text.append(contentsOf: permission.resource.text.utf8)
        text.append(UInt8(ascii: ":"))
        text.append(contentsOf: permission.access.rawValue.utf8)
        text.append(UInt8(ascii: "\""))
      }
    }
    text.append(UInt8(ascii: "]"))
  }

  /// Nil for a text that `write` never gives.
  static func read(_ text: String) -> Scope? {
    guard let elements = (try? JSON(parsing: Array(text.utf8)))?.array else { return nil }
    if elements == [.string("*")] { return .everything }
    let permissions = elements.compactMap { $0.string.flatMap { Permission($0) } }
    // Written again it must be the same text: sorted, each once.
    let scope = Scope.permissions(permissions)
    var again: [UInt8] = []
    write(scope, to: &again)
    guard permissions.count == elements.count, again.span.equals(text.utf8.span) else { return nil }
    return scope
  }
}
