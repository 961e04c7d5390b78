import SQLite
import Testing

@Suite struct HardeningTests {
  let scratch = Scratch()

  @Test func `defensive mode refuses to write the schema`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE TABLE t(a)")
    try connection.execute("PRAGMA writable_schema=ON")
    let error = sqliteError { try connection.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE t(b)'") }
    #expect(error != nil)
    #expect(try connection.schema().first?.sql == "CREATE TABLE t(a)")
  }

  @Test func `a double-quoted word is a name, never a text`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE TABLE t(a)")
    #expect(sqliteError { try connection.execute(#"SELECT * FROM t WHERE a = "nobody""#) } != nil)
    #expect(sqliteError { try connection.execute(#"CREATE INDEX i ON t(a) WHERE a = "nobody""#) } != nil)
  }

  @Test func `replacing a row fires the delete triggers`() throws {
    let connection = try scratch.connect()
    try connection.execute(
      """
      CREATE TABLE t(a INTEGER PRIMARY KEY, b);
      CREATE TRIGGER keep BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'append-only'); END;
      INSERT INTO t VALUES (1, 1);
      """)
    let error = sqliteError { try connection.execute("INSERT OR REPLACE INTO t VALUES (1, 2)") }
    #expect(error?.isConstraint == true)
    #expect(error?.message == "append-only")
    #expect(try connection.int("SELECT b FROM t") == 1)
  }

  @Test func `the schema may not call what is not harmless`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE VIEW v AS SELECT load_extension('x')")
    #expect(sqliteError { _ = try connection.int("SELECT * FROM v") }?.message.contains("unsafe use") == true)
  }

  @Test func `an error has the statement and none of its values`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE TABLE t(a TEXT UNIQUE, n INTEGER) STRICT")
    let insert = try connection.prepare("INSERT INTO t VALUES (?, ?)")
    try insert.run("hidden-treasure", 1)
    let twice = sqliteError { try insert.run("hidden-treasure", 1) }
    let wrong = sqliteError { try insert.run("hidden-treasure-2", "hidden-treasure-3") }
    for error in [twice, wrong] {
      let error = try #require(error)
      #expect(error.isConstraint)
      #expect(error.sql == "INSERT INTO t VALUES (?, ?)")
      #expect(!"\(error)".contains("hidden"))
      #expect("\(error)".contains("INSERT INTO t"))
    }
    #expect(twice?.code == 2067)
  }

  @Test func `an unknown pragma is an error, not a zero`() throws {
    let connection = try scratch.connect()
    #expect(sqliteError { _ = try connection.pragma("secure_deletion") } != nil)
    #expect(try connection.pragma("secure_delete=ON") == 1)
    #expect(try connection.pragmaText("journal_mode") == "wal")
    #expect(try connection.pragma("synchronous") == 2)
  }
}
