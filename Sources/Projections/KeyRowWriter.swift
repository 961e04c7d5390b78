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

  func insert(_ version: KeyVersion) throws(SQLiteError) {
    let state = version.state
    let row = insertVersion
    defer { row.reset() }
    try row.bind(1, Int64(state.lastEvent))
    try row.bind(2, version.to.map { Int64($0.sequence) })
    try row.bind(3, Int64(state.firstEvent))
    try row.bind(4, Int64(state.revision))
    try row.bind(5, version.from.milliseconds)
    try row.bind(6, version.to?.time.milliseconds)
    try row.bind(7, state.createdAt.milliseconds)
    try row.bind(8, state.ending?.at.milliseconds)
    try row.bind(9, version.endedBy.map { Int64($0) })
    try row.bind(10, state.ending?.isUnconditional == true ? 1 : 0)
    try row.bind(11, state.revealable ? 1 : 0)
    try row.bind(12, state.migrated ? 1 : 0)
    try row.bind(13, state.removed ? 1 : 0)
    try row.bind(14, state.id.description)
    try row.bind(15, state.environment.text)
    try row.bind(16, state.kind.rawValue)
    try row.bind(17, state.ending?.because.rawValue)
    try row.bind(18, state.name)
    try row.bind(19, state.description)
    try row.bind(20, ScopeText.write(state.scope))
    try row.bind(21, state.fingerprint.bytes)
    try row.bind(22, state.masked)
    try row.bind(23, state.predecessor?.description)
    try row.bind(24, state.successor?.description)
    try row.bind(25, state.integration?.text)
    try row.bind(26, state.createdBy.description)
    _ = try row.step()
  }

  /// The version that event `sequence` made holds no longer, or holds again (nil).
  func close(_ sequence: UInt64, at place: KeyVersion.Place?) throws(SQLiteError) {
    try closeVersion.run(
      Int64(sequence), place.map { Int64($0.sequence) }, place?.time.milliseconds)
  }

  /// `record` is what the codec accepted; where it is not, throws `JSONError`.
  func insertActivity(of key: KeyID, _ event: Event, _ record: Span<UInt8>) throws {
    let data = try RecordParts.data(of: record)
    let row = insertActivity
    defer { row.reset() }
    try row.bind(1, Int64(event.sequence))
    try row.bind(2, key.description)
    try row.bind(3, event.time.milliseconds)
    try row.bind(4, RecordCodec.type(of: event.data))
    try row.bind(5, event.actor.description)
    try row.bind(6, String(copying: try UTF8Span(validating: record.extracting(data))))
    _ = try row.step()
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
  static func write(_ scope: Scope) -> String {
    switch scope {
    case .everything: return "[\"*\"]"
    case .permissions(let list):
      // Slugs, colons and two words: nothing that JSON would escape.
      return "[" + list.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
  }

  /// Nil for a text that `write` never gives.
  static func read(_ text: String) -> Scope? {
    guard let elements = (try? JSON(parsing: Array(text.utf8)))?.array else { return nil }
    if elements == [.string("*")] { return .everything }
    let permissions = elements.compactMap { $0.string.flatMap { Permission($0) } }
    // Written again it must be the same text: sorted, each once.
    let scope = Scope.permissions(permissions)
    guard permissions.count == elements.count, sameBytes(write(scope), text) else { return nil }
    return scope
  }
}
