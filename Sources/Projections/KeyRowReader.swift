internal import Formats
internal import KeyLedger
internal import SQLite

/// Reads rows of `key_versions` back into states. What this program would not have written is `ViewsError.damaged`.
///
/// Keys share environments, scopes and authors, so the last ones read are kept instead of being parsed again.
struct KeyRowReader {
  /// The columns it reads, in its order; each SELECT puts them after FROM's name.
  static func columns(of table: String) -> String {
    [
      "from_sequence", "to_sequence", "first_event", "version", "from_time", "to_time", "created_at", "expires_at",
      "ended_by_event", "ended_at_once", "revealable", "migrated", "removed", "key", "environment", "kind",
      "ended_because", "name", "description", "scope", "fingerprint", "masked", "predecessor", "successor",
      "integration", "created_by",
    ].map { "\(table).\($0)" }.joined(separator: ", ")
  }

  /// More than a ledger has in use at a time; above it all are let go.
  private static let cacheLimit = 1_024

  private var slugs: [String: Slug] = [:]
  private var scopes: [String: Scope] = [:]
  private var actors: [String: Actor] = [:]

  mutating func version(_ row: Statement) throws -> KeyVersion {
    let state = try state(row)
    let to: KeyVersion.Place? = try row.int64OrNil(1).map { sequence in
      guard let time = row.int64OrNil(5) else { throw damage(row, "to_time") }
      return KeyVersion.Place(sequence: try number(sequence, row, "to_sequence"), time: Instant(milliseconds: time))
    }
    return KeyVersion(
      state: state, endedBy: try row.int64OrNil(8).map { try number($0, row, "ended_by_event") },
      from: Instant(milliseconds: row.int64(4)), to: to)
  }

  mutating func state(_ row: Statement) throws -> KeyState {
    guard let id: KeyID = try identifier(row, 13) else { throw damage(row, "key") }
    return KeyState(
      id: id, environment: try slug(row, 14), record: try record(row),
      createdAt: Instant(milliseconds: row.int64(6)), createdBy: try actor(row, 25),
      firstEvent: try number(row.int64(2), row, "first_event"), migrated: row.int64(11) != 0,
      successor: try row.isNull(23) ? nil : identifier(row, 23), ending: try ending(row), removed: row.int64(12) != 0,
      revision: try number(row.int64(3), row, "version"), lastEvent: try number(row.int64(0), row, "from_sequence"))
  }

  private mutating func record(_ row: Statement) throws -> KeyRecord {
    guard let kind = KeyKind(rawValue: try text(row, 15)) else { throw damage(row, "kind") }
    return KeyRecord(
      kind: kind, name: try text(row, 17), description: try text(row, 18), scope: try scope(row, 19),
      fingerprint: try fingerprint(row, 20), masked: try text(row, 21),
      predecessor: try row.isNull(22) ? nil : identifier(row, 22),
      integration: try row.isNull(24) ? nil : slug(row, 24), revealable: row.int64(10) != 0)
  }

  private func ending(_ row: Statement) throws -> KeyState.Ending? {
    guard !row.isNull(16) else { return nil }
    let word = try text(row, 16)
    guard let reason = EndReason(rawValue: word), let at = row.int64OrNil(7) else {
      throw damage(row, "ended_because")
    }
    return KeyState.Ending(because: reason, at: Instant(milliseconds: at), isUnconditional: row.int64(9) != 0)
  }

  private func fingerprint(_ row: Statement, _ column: Int32) throws -> Hash256 {
    let found = try row.withBlob(column) { bytes in Hash256(span: bytes) }
    guard let found else { throw damage(row, "fingerprint") }
    return found
  }

  private func identifier<ID: Identifier>(_ row: Statement, _ column: Int32) throws -> ID? {
    let id: ID? = try row.withBlob(column) { bytes in ID(span: bytes) }
    guard let id else { throw damage(row, "column \(column)") }
    return id
  }

  private mutating func slug(_ row: Statement, _ column: Int32) throws -> Slug {
    let text = try text(row, column)
    if let known = slugs[text] { return known }
    guard let slug = Slug(text) else { throw damage(row, "column \(column)") }
    if slugs.count >= KeyRowReader.cacheLimit { slugs.removeAll() }
    slugs[text] = slug
    return slug
  }

  private mutating func scope(_ row: Statement, _ column: Int32) throws -> Scope {
    let text = try text(row, column)
    if let known = scopes[text] { return known }
    guard let scope = ScopeText.read(text) else { throw damage(row, "scope") }
    if scopes.count >= KeyRowReader.cacheLimit { scopes.removeAll() }
    scopes[text] = scope
    return scope
  }

  mutating func actor(_ row: Statement, _ column: Int32) throws -> Actor {
    let text = try text(row, column)
    if let known = actors[text] { return known }
    guard let actor = Actor(text) else { throw damage(row, "column \(column)") }
    if actors.count >= KeyRowReader.cacheLimit { actors.removeAll() }
    actors[text] = actor
    return actor
  }

  /// Numbers of events and versions count from 1.
  func number(_ value: Int64, _ row: Statement, _ column: String) throws -> UInt64 {
    guard value > 0 else { throw damage(row, column) }
    return UInt64(value)
  }

  /// As `Statement.text`, at half its cost: this runs a dozen times a row.
  private func text(_ row: Statement, _ column: Int32) throws -> String {
    guard let text = try row.withBlob(column, { UTF8Text.decode($0) }) else { throw damage(row, "column \(column)") }
    return text
  }

  private func damage(_ row: Statement, _ column: String) -> ViewsError {
    .damaged("the row of event \(row.int64(0)) in the views has no readable \(column)")
  }
}

extension Hash256 {
  /// Nil unless there are exactly 32 bytes.
  init?(span bytes: Span<UInt8>) {
    guard bytes.count == 32 else { return nil }
    func word(_ start: Int) -> UInt64 {
      var word: UInt64 = 0
      for index in start..<start + 8 { word = word << 8 | UInt64(bytes[index]) }
      return word
    }
    self.init(words: (word(0), word(8), word(16), word(24)))
  }
}

extension Identifier {
  /// The prefix and a ULID, nothing else.
  init?(span text: Span<UInt8>) {
    let prefix = Self.prefix.utf8.count
    guard text.count == prefix + 26 else { return nil }
    for (index, byte) in Self.prefix.utf8.enumerated() where text[index] != byte { return nil }
    guard let ulid = ULID(text.extracting(prefix..<text.count)) else { return nil }
    self.init(ulid: ulid)
  }
}
