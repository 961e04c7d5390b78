import Glibc
import SQLite
import Testing

@Suite struct OpeningTests {
  let scratch = Scratch()

  /// In a process of its own: the umask is one for all tests.
  @Test(arguments: [0, 0o777] as [mode_t])
  func `a new file, its WAL and its index are the owner's alone, whatever the umask`(mask: mode_t) async {
    await #expect(processExitsWith: .success) { [mask] in
      let scratch = Scratch()
      umask(mask)
      let connection = try scratch.connect()
      try connection.execute("CREATE TABLE t(a)")
      #expect(scratch.mode("test.sqlite") == 0o600)
      #expect(scratch.mode("test.sqlite-wal") == 0o600)
      #expect(scratch.mode("test.sqlite-shm") == 0o600)
    }
  }

  @Test func `the mode of an existing file is left alone`() throws {
    try scratch.connect().close()
    #expect(unsafe chmod(scratch.file(), 0o640) == 0)
    try scratch.connect().close()
    #expect(scratch.mode("test.sqlite") == 0o640)
  }

  @Test(arguments: [Connection.Mode.readOnly, .readWrite, .immutable])
  func `only create makes a file`(mode: Connection.Mode) throws {
    let error = sqliteError { _ = try scratch.connect(mode) }
    #expect(error?.isCannotOpen == true)
    #expect(scratch.mode("test.sqlite") == nil)
  }

  @Test func `a directory that is not there is named`() throws {
    let error = sqliteError {
      _ = try Connection(path: scratch.file("no/where"), mode: .create, busy: .jitter(limitMilliseconds: 0))
    }
    #expect(error?.isCannotOpen == true)
    #expect(error?.systemError == ENOENT)
    #expect(error?.message.contains("/no") == true)
  }

  @Test func `a database that is a symbolic link is not opened, one in a linked directory is`() throws {
    try scratch.connect().close()
    #expect(unsafe symlink(scratch.file(), scratch.file("link")) == 0)
    #expect(unsafe symlink(scratch.path, scratch.file("directory")) == 0)
    #expect(unsafe symlink(scratch.file("gone"), scratch.file("dangling")) == 0)
    for name in ["link", "dangling"] {
      let error = sqliteError {
        _ = try Connection(path: scratch.file(name), mode: .create, busy: .jitter(limitMilliseconds: 0))
      }
      #expect(error?.isCannotOpen == true)
    }
    _ = try Connection(
      path: scratch.file("directory/test.sqlite"), mode: .readWrite, busy: .jitter(limitMilliseconds: 0))
  }

  @Test func `a name that looks like a URI is a name`() throws {
    let path = scratch.file("file:a?mode=memory%41#é")
    let busy = BusyPolicy.jitter(limitMilliseconds: 0)
    let writer = try Connection(path: path, mode: .create, busy: busy)
    try writer.execute("CREATE TABLE t(a)")
    writer.close()
    #expect(scratch.mode("file:a?mode=memory%41#é") == 0o600)
    #expect(try Connection(path: path, mode: .immutable, busy: busy).schema().map(\.name) == ["t"])
  }

  @Test func `immutable reads a WAL database in a directory that cannot be written`() throws {
    let writer = try scratch.connect()
    try writer.execute("CREATE TABLE t(a); INSERT INTO t VALUES (7)")
    writer.close()
    let reader = try scratch.connect(.immutable)
    #expect(try reader.int("SELECT a FROM t") == 7)
    #expect(scratch.mode("test.sqlite-shm") == nil)
  }

  @Test func `a read-only connection writes nothing`() throws {
    try scratch.connect().execute("CREATE TABLE t(a)")
    let reader = try scratch.connect(.readOnly)
    #expect(sqliteError { try reader.execute("INSERT INTO t VALUES (1)") }?.isReadOnly == true)
  }

  @Test func `what is no database is corrupt`() throws {
    let file = unsafe fopen(scratch.file(), "w")
    unsafe fputs(String(repeating: "no database ", count: 100), file)
    unsafe fclose(file)
    #expect(sqliteError { _ = try scratch.connect() }?.isCorrupt == true)
  }

  @Test func `after close nothing works and every lock is gone`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    let statement = try connection.prepare("SELECT a FROM t")
    #expect(try statement.step())
    connection.close()
    connection.close()
    #expect(sqliteError { _ = try statement.step() } != nil)
    #expect(sqliteError { try statement.bind(1, 1) } != nil)
    #expect(sqliteError { try connection.execute("SELECT 1") } != nil)
    #expect(sqliteError { try connection.begin(.immediate) } != nil)
    #expect(!connection.isInTransaction)
    #expect(try scratch.connect().checkpointTruncate())
  }

  @Test func `a file that was replaced is noticed`() throws {
    let connection = try scratch.connect()
    try connection.execute("CREATE TABLE t(a)")
    #expect(!connection.fileHasMoved)
    #expect(unsafe rename(scratch.file(), scratch.file("elsewhere")) == 0)
    #expect(connection.fileHasMoved)
  }
}
