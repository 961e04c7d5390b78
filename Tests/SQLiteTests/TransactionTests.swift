import Glibc
import SQLite
import Testing

@Suite struct TransactionTests {
  let scratch = Scratch()

  struct Stop: Error {}

  @Test func `a write that throws leaves nothing`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE TABLE t(a)")
    #expect(throws: Stop.self) {
      try connection.write {
        try connection.execute("INSERT INTO t VALUES (1)")
        throw Stop()
      }
    }
    #expect(!connection.isInTransaction)
    #expect(try connection.int("SELECT count(*) FROM t") == 0)
    try connection.write { try connection.execute("INSERT INTO t VALUES (1)") }
    #expect(try connection.int("SELECT count(*) FROM t") == 1)
  }

  @Test func `a read sees one state whatever is committed meanwhile`() throws {
    let (reader, writer) = (try scratch.connect(), try scratch.connect())
    try writer.execute("CREATE TABLE t(a)")
    try reader.read {
      #expect(try reader.int("SELECT count(*) FROM t") == 0)
      try writer.execute("INSERT INTO t VALUES (1)")
      #expect(try reader.int("SELECT count(*) FROM t") == 0)
    }
    #expect(try reader.int("SELECT count(*) FROM t") == 1)
  }

  @Test func `a read ends though a statement was left on a row`() throws {
    let (reader, writer) = (try scratch.connect(), try scratch.connect(limit: 0))
    try writer.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)")
    try reader.read { _ = try reader.prepare("SELECT a FROM t").step() }
    #expect(!reader.isInTransaction)
    try writer.execute("INSERT INTO t VALUES (3)")
    #expect(try writer.checkpointTruncate())
  }

  @Test func `a loop over rows goes on though its body writes`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)")
    let rows = try connection.prepare("SELECT a FROM t ORDER BY a")
    var turns = 0
    while try rows.step() {
      turns += 1
      try connection.write { try connection.prepare("UPDATE t SET b = ? WHERE a = ?").run(turns, rows.int64(0)) }
    }
    #expect(turns == 3)
    #expect(try connection.int("SELECT sum(a * b) FROM t") == 14)
  }

  @Test func `data version moves with another connection's commit and only then`() throws {
    let (watcher, writer) = (try scratch.connect(), try scratch.connect())
    try writer.execute("CREATE TABLE t(a)")
    let before = try watcher.dataVersion()
    #expect(try watcher.dataVersion() == before)
    try writer.begin(.immediate)
    try writer.execute("INSERT INTO t VALUES (1)")
    #expect(try watcher.dataVersion() == before)
    try writer.commit()
    let after = try watcher.dataVersion()
    #expect(after != before)
    try watcher.execute("INSERT INTO t VALUES (2)")
    #expect(try watcher.dataVersion() == after)
  }

  @Test func `a lock that stays is busy after the limit and not much later`() throws {
    let (holder, waiter) = (try scratch.connect(), try scratch.connect(limit: 50))
    try holder.begin(.immediate)
    let start = ContinuousClock.now
    #expect(sqliteError { try waiter.begin(.immediate) }?.isBusy == true)
    #expect((.milliseconds(50)..<(.milliseconds(1_000))).contains(start.duration(to: .now)))
    waiter.wait(.jitter(limitMilliseconds: 0))
    let again = ContinuousClock.now
    #expect(sqliteError { try waiter.begin(.immediate) }?.isBusy == true)
    #expect(again.duration(to: .now) < .milliseconds(40))
    holder.rollback()
    try waiter.begin(.immediate)
  }

  @Test func `a checkpoint says when a reader keeps the log from being cut`() throws {
    let (reader, writer) = (try scratch.connect(), try scratch.connect(limit: 10))
    try writer.execute("CREATE TABLE t(a)")
    try reader.read {
      #expect(try reader.int("SELECT count(*) FROM t") == 0)
      try writer.execute("INSERT INTO t VALUES (1)")
      #expect(try !writer.checkpointTruncate())
    }
    #expect(try writer.checkpointTruncate())
    var status = stat()
    #expect(unsafe stat(scratch.file("test.sqlite-wal"), &status) == 0)
    #expect(status.st_size == 0)
  }

  @Test func `a full disk is reported and the transaction is gone`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE TABLE t(a)")
    let pages = try connection.pragma("page_count")
    #expect(try connection.pragma("max_page_count=\(pages + 2)") == pages + 2)
    let error = sqliteError {
      try connection.write {
        for _ in 0..<100 { try connection.execute("INSERT INTO t VALUES (zeroblob(1000))") }
      }
    }
    #expect(error?.isFull == true)
    #expect(!connection.isInTransaction)
    #expect(try connection.int("SELECT count(*) FROM t") == 0)
  }

  /// Two writers that do nothing but write: the one that waits must not starve.
  @Test func `two writers on two threads both get the lock within the limit`() async throws {
    try scratch.connect().execute("CREATE TABLE t(writer INTEGER)")
    let path = scratch.file()
    let longest = try await withThrowingTaskGroup(of: Duration.self) { group in
      for writer in 0..<2 {
        group.addTask { try Self.writeOften(path, writer: writer) }
      }
      return try await group.reduce(.zero, max)
    }
    #expect(longest < .seconds(5))
    #expect(try scratch.connect().int("SELECT count(*) FROM t WHERE writer = 0") == 150)
    #expect(try scratch.connect().int("SELECT count(*) FROM t") == 300)
  }

  /// Writes 150 rows, each in its own transaction, and says how long the longest wait for the lock was.
  private static func writeOften(_ path: String, writer: Int) throws -> Duration {
    let connection = try Connection(path: path, mode: .readWrite, busy: .jitter(limitMilliseconds: 10_000))
    var longest = Duration.zero
    for _ in 0..<150 {
      let start = ContinuousClock.now
      try connection.begin(.immediate)
      longest = max(longest, start.duration(to: .now))
      try connection.prepare("INSERT INTO t VALUES (?)").run(writer)
      try connection.commit()
    }
    return longest
  }
}
