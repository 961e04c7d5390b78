import SQLite
import Testing

@Suite struct StatementTests {
  let connection: Connection

  init() throws {
    connection = try Connection(path: ":memory:", mode: .create, busy: .jitter(limitMilliseconds: 0))
    try connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b ANY) STRICT")
  }

  @Test(arguments: [
    SQLValue.null, 0, -1, .integer(.max), .integer(.min), "", "é", "e\u{301}", "a\0b", "🗝",
    .blob([]), .blob([0]), .blob([UInt8](0...255)),
  ])
  func `a value comes back as it was bound`(value: SQLValue) throws {
    try connection.prepare("INSERT INTO t(b) VALUES (?)").run(value)
    let rows = try connection.prepare("SELECT b FROM t")
    #expect(try rows.step())
    switch value {
    case .null:
      #expect(rows.isNull(0))
      #expect(rows.int64OrNil(0) == nil)
      #expect(try rows.textOrNil(0) == nil)
      #expect(rows.blobOrNil(0) == nil)
      #expect(sqliteError { _ = try rows.text(0) } != nil)
    case .integer(let expected):
      #expect(rows.int64OrNil(0) == expected)
    case .text(let expected):
      #expect(try rows.text(0).utf8.elementsEqual(expected.utf8))
      #expect(!rows.isNull(0))
    case .blob(let expected):
      #expect(rows.blobOrNil(0) == expected)
      #expect(!rows.isNull(0))
      let copy = try rows.withBlob(0) { bytes in bytes.indices.map { bytes[$0] } }
      #expect(copy == expected)
    }
    #expect(try !rows.step())
  }

  @Test func `what is lent for a run is stored as if it were bound, and nothing of it stays bound`() throws {
    try connection.execute("CREATE TABLE u(a TEXT, b BLOB) STRICT")
    let insert = try connection.prepare("INSERT INTO u VALUES (?, ?)")
    let lent: [(String, [UInt8])] = [("", []), ("é", [0]), (String(repeating: "long", count: 99), [UInt8](0...255))]
    for (text, bytes) in lent { try insert.run(lending: (1, text), (2, bytes)) }
    try insert.run()
    #expect(sqliteError { try insert.run(lending: (3, "x"), (2, [])) } != nil)
    try insert.run()
    let rows = try connection.prepare("SELECT a, b FROM u ORDER BY rowid")
    for (text, bytes) in lent {
      #expect(try rows.step() && rows.textOrNil(0) == text && rows.blobOrNil(1) == bytes)
    }
    for _ in 0..<2 { #expect(try rows.step() && rows.isNull(0) && rows.isNull(1)) }
    #expect(try !rows.step())
  }

  @Test func `text that is not UTF-8 is an error`() throws {
    let rows = try connection.prepare("SELECT CAST(x'ff61' AS TEXT)")
    #expect(try rows.step())
    #expect(sqliteError { _ = try rows.text(0) }?.isCorrupt == true)
  }

  @Test func `every way to bind leads to the same row`() throws {
    let insert = try connection.prepare("INSERT INTO t VALUES (?, ?)")
    let (number, text, bytes) = (Int64(1), "x", [UInt8]([1, 2]))
    let (nothing, something): (String?, [UInt8]?) = (nil, [3])
    try insert.run(number, text)
    try insert.run(2, bytes)
    try insert.run(.integer(3), .blob([9]))
    try insert.run(4, nil)
    try insert.run(5, nothing)
    try insert.run(6, something)
    try insert.bind(1, 7)
    try insert.bind(2, nil)
    try insert.run()
    let rows = try connection.prepare("SELECT quote(b) FROM t ORDER BY a")
    var quoted: [String] = []
    while try rows.step() { quoted.append(try rows.text(0)) }
    #expect(quoted == ["'x'", "X'0102'", "X'09'", "NULL", "NULL", "X'03'", "NULL"])
    #expect(connection.lastInsertRowID == 7)
    #expect(connection.changes == 1)
  }

  @Test func `a parameter that is not there is an error`() throws {
    let insert = try connection.prepare("INSERT INTO t VALUES (1, ?)")
    #expect(sqliteError { try insert.bind(2, 1) } != nil)
    #expect(sqliteError { try insert.run(1, 2) } != nil)
  }

  @Test(arguments: ["", " ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1;x", "SELECT 1\0", "SELEKT"])
  func `only a single statement is prepared`(sql: String) {
    #expect(sqliteError { _ = try connection.prepare(sql) }?.sql == sql)
  }

  @Test func `a statement that is held is not handed out twice`() throws {
    try connection.execute("INSERT INTO t VALUES (1, 1), (2, 2)")
    let sql = "SELECT a FROM t ORDER BY a"
    var pairs: [[Int64]] = []
    let outer = try connection.prepare(sql)
    while try outer.step() {
      let inner = try connection.prepare(sql)
      while try inner.step() { pairs.append([outer.int64(0), inner.int64(0)]) }
    }
    #expect(pairs == [[1, 1], [1, 2], [2, 1], [2, 2]])
  }

  @Test func `a statement that was let go half read is reset and prepared only once`() throws {
    try connection.execute("INSERT INTO t VALUES (1, 1), (2, 2)")
    func first() throws -> (Int64, ObjectIdentifier) {
      let statement = try connection.prepare("SELECT a FROM t WHERE a > ? ORDER BY a")
      try statement.bind(1, 0)
      _ = try statement.step()
      return (statement.int64(0), ObjectIdentifier(statement))
    }
    #expect(try first() == first())
  }

  @Test func `after a failure a statement runs again`() throws {
    let insert = try connection.prepare("INSERT INTO t VALUES (?, 0)")
    try insert.run(1)
    #expect(sqliteError { try insert.run(1) }?.isConstraint == true)
    try insert.run(2)
    #expect(try connection.int("SELECT count(*) FROM t") == 2)
  }

  @Test func `more statements than are kept still work`() throws {
    for number in 0..<600 { #expect(try connection.int("SELECT \(number)") == Int64(number)) }
  }
}
