internal import Formats
internal import KeyLedger
internal import SQLite

/// Writes rows into the tables. Within a transaction of its caller.
struct KeyRowWriter {
  private let versions: Insertion
  private let activity: Insertion
  private let idempotency: Insertion
  private let newKeys: Insertion
  private let changedKey: Statement
  private let noKeys: Statement

  init(_ connection: Connection, _ tables: ViewsSchema.Tables) throws(SQLiteError) {
    versions = try Insertion(connection, tables, .versions)
    activity = try Insertion(connection, tables, .activity)
    idempotency = try Insertion(connection, tables, .idempotency)
    newKeys = try Insertion(connection, tables, .keys)
    // The whole row is bound, as for an insertion. What an index of all keys holds never changes.
    let changes = RowTable.keys.columns.enumerated().filter { !KeyRowWriter.indexed.contains($0.element) }
      .map { "\($0.element) = ?\($0.offset + 1)" }
    changedKey = try connection.prepare(
      """
      UPDATE "\(tables.name("keys"))" SET \(changes.joined(separator: ", ")) WHERE first_event = ?1
      """)
    noKeys = try connection.prepare("DELETE FROM \"\(tables.name("keys"))\"")
  }

  private static let indexed = ["first_event", "key", "environment", "fingerprint"]

  func insert(_ rows: ViewRows) throws(SQLiteError) {
    try versions.run(rows.versions)
    try activity.run(rows.activity)
    try idempotency.run(rows.idempotency)
  }

  func removeKeys() throws(SQLiteError) { try noKeys.run() }

  /// Keys that have no rows yet.
  func insert(keys: ArraySlice<KeyState>) throws(SQLiteError) {
    var rows = RowValues()
    for key in keys {
      rows.append(key: key)
      guard rows.count == Insertion.many else { continue }
      try newKeys.run(rows)
      rows.removeAll()
    }
    try newKeys.run(rows)
  }

  /// A key that has a row.
  func change(key: KeyState) throws(SQLiteError) {
    var row = RowValues()
    row.append(key: key)
    try changedKey.run(row, 0)
  }

  /// The key of the last command that had one, as the table holds it, so that where a page begins makes no difference.
  static func lastIdempotency(_ connection: Connection, _ tables: ViewsSchema.Tables) throws -> Hash256? {
    let row = try connection.prepare(
      "SELECT key FROM \"\(tables.name("idempotency"))\" ORDER BY sequence DESC LIMIT 1")
    defer { row.reset() }
    return try row.step() ? row.withBlob(0) { Hash256(span: $0) } : nil
  }
}

/// Puts rows into a table: of many some at once, since to begin and to end a statement costs more than the row.
private struct Insertion {
  private let connection: Connection
  private let beginning: String
  private let places: String
  private let one: Statement

  /// Rows that are put in at once.
  static let many = 64

  init(_ connection: Connection, _ tables: ViewsSchema.Tables, _ table: RowTable) throws(SQLiteError) {
    self.connection = connection
    beginning = "INSERT INTO \"\(tables.name(table.rawValue))\"(\(table.columns.joined(separator: ", "))) VALUES"
    places = "(" + Array(repeating: "?", count: table.columns.count).joined(separator: ", ") + ")"
    one = try connection.prepare(beginning + places)
  }

  func run(_ rows: RowValues) throws(SQLiteError) {
    var done = 0
    if rows.count >= Insertion.many {
      let all = try connection.prepare(beginning + places + String(repeating: ", " + places, count: Insertion.many - 1))
      while rows.count - done >= Insertion.many {
        try all.run(rows, done...done + Insertion.many - 1)
        done += Insertion.many
      }
    }
    for row in done..<rows.count { try one.run(rows, row) }
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

  /// Nil for a text that is no list as `write` gives it; whether its order is that of a scope is not looked at.
  static func read(_ text: Span<UInt8>) -> Scope? {
    if text.equals("[\"*\"]".utf8.span) { return .everything }
    if text.equals("[]".utf8.span) { return .permissions([]) }
    var permissions: [Permission] = []
    // Each permission has a bracket or a comma and a quote before it, and a quote and a comma or a bracket behind.
    var start = 0
    while start + 1 < text.count {
      guard text[start] == UInt8(ascii: start == 0 ? "[" : ","), text[start + 1] == UInt8(ascii: "\"") else {
        return nil
      }
      var end = start + 2
      while end < text.count, text[end] != UInt8(ascii: "\"") { end += 1 }
      guard end < text.count, let permission = Permission(text.extracting(start + 2..<end)) else { return nil }
      permissions.append(permission)
      start = end + 1
    }
    guard start + 1 == text.count, text[start] == UInt8(ascii: "]"), start > 0 else { return nil }
    return .permissions(permissions)
  }
}
