/// One row of `sqlite_schema`.
package struct SchemaObject: Sendable, Equatable {
  /// `table`, `index`, `view` or `trigger`.
  package let type: String
  package let name: String
  /// The table it belongs to.
  package let table: String
  /// The text as SQLite keeps it. Nil for the index that a UNIQUE or PRIMARY KEY makes by itself.
  package let sql: String?

  package init(type: String, name: String, table: String, sql: String?) {
    self.type = type
    self.name = name
    self.table = table
    self.sql = sql
  }

  /// What a fresh database holds after `script`: made in memory, so that texts and automatic indexes come out exactly
  /// as SQLite writes them. Under a millisecond.
  package static func made(by script: String) throws(SQLiteError) -> [SchemaObject] {
    let scratch = try Connection(path: ":memory:", mode: .create, busy: .jitter(limitMilliseconds: 0))
    defer { scratch.close() }
    try scratch.execute(script)
    return try scratch.schema()
  }
}

/// The first object in which a schema is not the expected one.
package enum SchemaDifference: Sendable, Equatable, CustomStringConvertible {
  case missing(SchemaObject)
  case unexpected(SchemaObject)
  case changed(expected: SchemaObject, found: SchemaObject)

  package var description: String {
    switch self {
    case .missing(let object): "the \(object.type) \(object.name) is missing"
    case .unexpected(let object): "the \(object.type) \(object.name) on \(object.table) does not belong there"
    case .changed(let expected, _): "the \(expected.type) \(expected.name) is not the one that belongs there"
    }
  }
}

extension Connection {
  /// All objects of the main database, by type and name.
  package func schema() throws(SQLiteError) -> [SchemaObject] {
    let rows = try prepare("SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY type, name")
    defer { rows.reset() }
    var objects: [SchemaObject] = []
    while try rows.step() {
      objects.append(
        SchemaObject(
          type: try rows.text(0), name: try rows.text(1), table: try rows.text(2), sql: try rows.textOrNil(3)))
    }
    return objects
  }

  /// Nil when the database holds exactly the objects `expected`, in any order; else the first difference by type and
  /// name. An added trigger could swallow a revocation, so nothing more is as bad as something less.
  package func schemaMatches(_ expected: [SchemaObject]) throws(SQLiteError) -> SchemaDifference? {
    let found = try schema().sorted(by: Self.order)[...]
    return Self.firstDifference(expected.sorted(by: Self.order)[...], found)
  }

  private static func firstDifference(
    _ expected: ArraySlice<SchemaObject>, _ found: ArraySlice<SchemaObject>
  ) -> SchemaDifference? {
    var (expected, found) = (expected, found)
    while let wanted = expected.first {
      guard let present = found.first, !order(wanted, present) else { return .missing(wanted) }
      guard !order(present, wanted) else { return .unexpected(present) }
      guard same(wanted, present) else { return .changed(expected: wanted, found: present) }
      (expected, found) = (expected.dropFirst(), found.dropFirst())
    }
    return found.first.map(SchemaDifference.unexpected)
  }

  private static func order(_ a: SchemaObject, _ b: SchemaObject) -> Bool {
    key(a).lexicographicallyPrecedes(key(b))
  }

  private static func key(_ object: SchemaObject) -> [UInt8] {
    Array(object.type.utf8) + [0] + Array(object.name.utf8)
  }

  /// Byte for byte: `String` would take canonical equivalents for equal.
  private static func same(_ a: SchemaObject, _ b: SchemaObject) -> Bool {
    guard (a.sql == nil) == (b.sql == nil) else { return false }
    return key(a) == key(b) && Array(a.table.utf8) == Array(b.table.utf8)
      && Array((a.sql ?? "").utf8) == Array((b.sql ?? "").utf8)
  }
}
