import SQLite
import Testing

@Suite struct SchemaTests {
  let connection: Connection

  static let script = """
    CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT UNIQUE) STRICT;
    CREATE INDEX i ON t(b) WHERE b <> '';
    CREATE VIEW v AS SELECT b FROM t;
    CREATE TRIGGER keep BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'no'); END;
    """

  init() throws {
    connection = try Connection(path: ":memory:", mode: .create, busy: .jitter(limitMilliseconds: 0))
  }

  @Test func `a database made by the script matches it, automatic indexes and all`() throws {
    try connection.execute(Self.script)
    let expected = try SchemaObject.made(by: Self.script)
    #expect(Set(expected.map(\.name)) == ["t", "sqlite_autoindex_t_1", "sqlite_sequence", "i", "v", "keep"])
    #expect(try connection.schemaMatches(expected) == nil)
    #expect(try connection.schemaMatches(expected.reversed()) == nil)
  }

  @Test(arguments: [
    ("DROP TRIGGER keep", "the trigger keep is missing"),
    ("DROP INDEX i", "the index i is missing"),
    ("DROP VIEW v", "the view v is missing"),
    (
      "CREATE TRIGGER swallow BEFORE INSERT ON t BEGIN SELECT RAISE(IGNORE); END",
      "the trigger swallow on t does not belong there"
    ),
    ("CREATE TABLE aaa(x)", "the table aaa on aaa does not belong there"),
    ("CREATE TABLE zzz(x)", "the table zzz on zzz does not belong there"),
    ("DROP VIEW v; CREATE VIEW v AS SELECT a FROM t", "the view v is not the one that belongs there"),
    ("ALTER TABLE t ADD COLUMN c TEXT", "the table t is not the one that belongs there"),
  ])
  func `the first difference is named`(change: String, expected: String) throws {
    try connection.execute(Self.script)
    try connection.execute(change)
    #expect(try connection.schemaMatches(SchemaObject.made(by: Self.script))?.description == expected)
  }

  @Test func `an empty database lacks everything`() throws {
    #expect(try connection.schemaMatches([]) == nil)
    #expect(try connection.schemaMatches(SchemaObject.made(by: "CREATE TABLE t(a)")) != nil)
  }
}

@Suite struct MigrationTests {
  let scratch = Scratch()
  let first = Migration(version: 1, sql: "CREATE TABLE t(a)")
  let second = Migration(version: 2, sql: "ALTER TABLE t ADD COLUMN b")

  struct Stop: Error {}

  @Test func `a file goes through every version once`() throws {
    let connection = try scratch.connect()
    try Migrator(applicationID: 7, steps: [first]).migrate(connection)
    #expect(try connection.userVersion() == 1)
    #expect(try connection.applicationID() == 7)
    try connection.execute("INSERT INTO t VALUES (1)")
    for _ in 0..<2 { try Migrator(applicationID: 7, steps: [first, second]).migrate(connection) }
    #expect(try connection.userVersion() == 2)
    #expect(try connection.int("SELECT count(*) FROM t WHERE b IS NULL") == 1)
  }

  @Test func `a step that fails leaves the version before it`() throws {
    let connection = try scratch.connect()
    let broken = Migration(version: 2) {
      try $0.execute("CREATE TABLE half(a)")
      throw Stop()
    }
    #expect(throws: Stop.self) { try Migrator(applicationID: 7, steps: [first, broken]).migrate(connection) }
    #expect(try connection.userVersion() == 1)
    #expect(try connection.schema().map(\.name) == ["t"])
    try Migrator(applicationID: 7, steps: [first, second]).migrate(connection)
    #expect(try connection.userVersion() == 2)
  }

  @Test func `a newer file is refused untouched`() throws {
    let connection = try scratch.connect()
    try Migrator(applicationID: 7, steps: [first, second]).migrate(connection)
    let before = try connection.int("SELECT count(*) FROM sqlite_schema")
    #expect {
      try Migrator(applicationID: 7, steps: [first]).migrate(connection)
    } throws: { error in
      guard case .newer(found: 2, known: 1) = error as? MigrationError else { return false }
      return true
    }
    #expect(try connection.int("SELECT count(*) FROM sqlite_schema") == before)
    #expect(try connection.userVersion() == 2)
  }

  @Test(arguments: ["PRAGMA application_id=8", "CREATE TABLE other(a)", "PRAGMA user_version=1"])
  func `another program's file is refused untouched`(sql: String) throws {
    let connection = try scratch.connect()
    try connection.execute(sql)
    #expect(throws: MigrationError.self) {
      try Migrator(applicationID: 7, steps: [first]).migrate(connection)
    }
    #expect(try connection.int("SELECT count(*) FROM sqlite_schema WHERE name = 't'") == 0)
  }
}
