internal import EventLog
internal import Formats
internal import KeyLedger
internal import SQLite

/// Reads rows of `keys` and `key_versions` back into states. What this program would not have written is
/// `ViewsError.damaged`.
///
/// Keys share environments, scopes and authors: what recurs is read once.
struct KeyRowReader {
  private var slugs = Recurring<Slug>(places: 256)
  private var kinds = Recurring<KeyKind>(places: 16)
  private var reasons = Recurring<EndReason>(places: 16)
  private var scopes = Recurring<Scope>(places: 1_024)
  private var actors = Recurring<Actor>(places: 256)

  /// Whether the key of a row of `keys` had been removed by event `at`.
  func isRemoved(_ row: Statement, at: Int64) -> Bool { row.int64(6) != 0 && row.int64(1) <= at }

  /// A row of `keys`.
  mutating func state(_ row: Statement) throws -> KeyState {
    guard let id: KeyID = try identifier(row, 9) else { throw KeyRowReader.damage(row, 9) }
    let record = KeyRecord(
      kind: try KeyRowReader.read(row, 11, &kinds) { UTF8Text.decode($0).flatMap(KeyKind.init) },
      name: try text(row, 13), description: try text(row, 14), scope: try scope(row, 15),
      fingerprint: try fingerprint(row, 16), masked: try text(row, 17), predecessor: try identifier(row, 18),
      integration: try row.isNull(20) ? nil : slug(row, 20), revealable: row.int64(7) != 0)
    return KeyState(
      id: id, environment: try slug(row, 10), record: record, createdAt: try time(row, 3),
      createdBy: try actor(row, 21), firstEvent: try number(row, 0), migrated: row.int64(8) != 0,
      successor: try identifier(row, 19), ending: try ending(row, at: 4, because: 12), removed: row.int64(6) != 0,
      revision: try number(row, 2), lastEvent: try number(row, 1))
  }

  /// What a row of `key_versions` says that a key was.
  mutating func version(_ row: Statement, of key: KeyState) throws -> KeyState {
    let record = KeyRecord(
      kind: key.kind, name: try text(row, 8), description: try text(row, 9), scope: try scope(row, 10),
      fingerprint: key.fingerprint, masked: key.masked, predecessor: key.predecessor, integration: key.integration,
      revealable: key.revealable)
    return KeyState(
      id: key.id, environment: key.environment, record: record, createdAt: key.createdAt, createdBy: key.createdBy,
      firstEvent: key.firstEvent, migrated: key.migrated, successor: try identifier(row, 11),
      ending: try ending(row, at: 4, because: 7), removed: row.int64(6) != 0, revision: try number(row, 3),
      lastEvent: try number(row, 1))
  }

  private mutating func ending(_ row: Statement, at: Int32, because: Int32) throws -> KeyState.Ending? {
    guard !row.isNull(because) else { return nil }
    return KeyState.Ending(
      because: try KeyRowReader.read(row, because, &reasons) { UTF8Text.decode($0).flatMap(EndReason.init) },
      at: try time(row, at), isUnconditional: row.int64(at + 1) != 0)
  }

  private func fingerprint(_ row: Statement, _ column: Int32) throws -> Hash256 {
    let found = try row.withBlob(column) { bytes in Hash256(span: bytes) }
    guard let found else { throw KeyRowReader.damage(row, column) }
    return found
  }

  /// Nil for NULL.
  private func identifier<ID: Identifier>(_ row: Statement, _ column: Int32) throws -> ID? {
    guard !row.isNull(column) else { return nil }
    let id: ID? = try row.withBlob(column) { bytes in ID(span: bytes) }
    guard let id else { throw KeyRowReader.damage(row, column) }
    return id
  }

  mutating func slug(_ row: Statement, _ column: Int32) throws -> Slug {
    try KeyRowReader.read(row, column, &slugs) { Slug($0) }
  }

  mutating func actor(_ row: Statement, _ column: Int32) throws -> Actor {
    try KeyRowReader.read(row, column, &actors) { UTF8Text.decode($0).flatMap(Actor.init) }
  }

  private mutating func scope(_ row: Statement, _ column: Int32) throws -> Scope {
    try KeyRowReader.read(row, column, &scopes) { ScopeText.read($0) }
  }

  /// Numbers of events and versions count from 1.
  func number(_ row: Statement, _ column: Int32) throws -> UInt64 {
    let value = row.int64(column)
    guard 1...JSONLimits.greatestInteger ~= value else { throw KeyRowReader.damage(row, column) }
    return UInt64(value)
  }

  /// A flipped bit may have moved it beyond what can be told.
  func time(_ row: Statement, _ column: Int32) throws -> Instant {
    guard let time = row.int64OrNil(column).flatMap(Instant.init(tellable:)) else {
      throw KeyRowReader.damage(row, column)
    }
    return time
  }

  private static func read<Value>(
    _ row: Statement, _ column: Int32, _ known: inout Recurring<Value>, _ parse: (Span<UInt8>) -> Value?
  ) throws -> Value {
    try row.withBlob(column) { bytes in
      if let value = known.find(bytes) { return value }
      guard let value = parse(bytes) else { throw damage(row, column) }
      known.keep(value, bytes)
      return value
    }
  }

  /// As `Statement.text`, at half its cost: this runs a dozen times a row.
  private func text(_ row: Statement, _ column: Int32) throws -> String {
    guard let text = try row.withBlob(column, { UTF8Text.decode($0) }) else { throw KeyRowReader.damage(row, column) }
    return text
  }

  private static func damage(_ row: Statement, _ column: Int32) -> ViewsError {
    .damaged("row \(row.int64(0)) of a table of the views holds nothing readable in column \(column)")
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
    guard text.count == prefix + 26, text.extracting(0..<prefix).equals(Self.prefix.utf8.span),
      let ulid = ULID(text.extracting(prefix..<text.count))
    else { return nil }
    self.init(ulid: ulid)
  }
}
