import EventLog
import Foundation
import KeyLedger
import SQLite
import Testing

/// What the file is, and what is not taken for one.
@Suite struct FormatTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A connection beside the log's, as a stranger would have it.
  private func stranger(_ name: String = "ledger.sqlite") throws -> Connection {
    try Connection(path: scratch.path(name), mode: .create, busy: .jitter(limitMilliseconds: 1_000))
  }

  private func open(_ mode: SQLiteLog.Mode = .readWrite) throws -> SQLiteLog {
    try SQLiteLog(path: scratch.path(), mode: mode)
  }

  private func refusal(_ mode: SQLiteLog.Mode = .readWrite) -> LogError? {
    do {
      _ = try open(mode)
      return nil
    } catch {
      return error as? LogError
    }
  }

  @Test func `a new ledger is the owner's alone, in WAL mode, and says what it is`() throws {
    try withExtendedLifetime(try Sample.sqlite(in: scratch)) {
      let mode = try FileManager.default.attributesOfItem(atPath: scratch.path())[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let connection = try stranger()
      #expect(try connection.applicationID() == 0x4b4c_6f67)
      #expect(try connection.userVersion() == 1)
      #expect(try connection.pragmaText("journal_mode") == "wal")
      #expect(try connection.pragmaText("integrity_check") == "ok")
    }
  }

  @Test(arguments: [SQLiteLog.Mode.readOnly, .readWrite])
  func `a ledger that is opened again is the one that was closed`(mode: SQLiteLog.Mode) throws {
    let (head, records) = try {
      let log = try Sample.sqlite(in: scratch)
      try log.append((0..<300).map { Sample.revealed($0) })
      return (try log.read { try $0.head() }, try log.allRecords())
    }()
    let log = try open(mode)
    #expect(log.ledger == Fixture.ledger)
    #expect(try log.read { try $0.head() } == head)
    #expect(try log.allRecords() == records)
  }

  @Test func `a log opened for reading refuses to append`() throws {
    try withExtendedLifetime(try Sample.sqlite(in: scratch)) {
      let log = try open(.readOnly)
      #expect(throws: LogError.readOnly("\(scratch.path()) was opened for reading")) {
        try log.append([Sample.enforced()])
      }
      #expect(throws: LogError.self) { try log.rehearse { _ in } }
      #expect(try log.size() == 1)
    }
  }

  @Test func `a ledger is not made where something is`() throws {
    let log = try Sample.sqlite(in: scratch)
    #expect(throws: LogError.cannotOpen("\(scratch.path()): something is there already")) {
      try Sample.sqlite(in: scratch)
    }
    #expect(try log.size() == 1)
  }

  @Test func `an empty file that a crash left behind becomes the ledger`() throws {
    #expect(FileManager.default.createFile(atPath: scratch.path(), contents: Data()))
    #expect(try Sample.sqlite(in: scratch).size() == 1)
  }

  @Test(arguments: [
    ("CREATE TRIGGER swallow BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END", "swallow"),
    ("DROP TRIGGER events_no_update", "events_no_update"),
    ("DROP TRIGGER head_forward", "head_forward"),
    ("CREATE TABLE more(a)", "more"),
    ("CREATE INDEX by_type ON events(type)", "by_type"),
    ("CREATE VIEW v AS SELECT 1", "the view v"),
    ("ALTER TABLE events ADD COLUMN note TEXT", "the table events"),
    (
      "DROP TRIGGER tiles_no_update; CREATE TRIGGER tiles_no_update BEFORE UPDATE ON tiles BEGIN SELECT 1; END",
      "tiles_no_update"
    ),
    ("ANALYZE", "sqlite_stat1"),
  ])
  func `a schema that is not ours to the letter is refused by name`(change: String, name: String) throws {
    try withExtendedLifetime(try Sample.sqlite(in: scratch)) {
      try stranger().execute(change)
      for mode in [SQLiteLog.Mode.readOnly, .readWrite] {
        guard case .damaged(let what) = refusal(mode) else {
          Issue.record("opened, or refused otherwise: \(String(describing: refusal(mode)))")
          continue
        }
        #expect(what.contains(name))
      }
    }
  }

  @Test func `a newer format is refused and nothing in its files changes`() throws {
    let log = try Sample.sqlite(in: scratch)
    let newer = try stranger()
    try newer.execute("CREATE TABLE invention(a); PRAGMA user_version=2")
    // As a crash leaves it: what was just written stands in the WAL alone.
    let copy = try Scratch()
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
      try FileManager.default.copyItem(atPath: scratch.path(name), toPath: copy.path(name))
    }
    newer.close()
    withExtendedLifetime(log) {}

    func contents() throws -> [Data] {
      try ["ledger.sqlite", "ledger.sqlite-wal"].map { try Data(contentsOf: URL(filePath: copy.path($0))) }
    }
    let before = try contents()
    #expect(before[1].count > 0)
    for mode in [SQLiteLog.Mode.readOnly, .readWrite] {
      #expect(throws: LogError.newerFormat(found: 2, known: 1)) { try SQLiteLog(path: copy.path(), mode: mode) }
    }
    #expect(try contents() == before)
  }

  @Test func `a database of another program is no ledger`() throws {
    try stranger().execute("CREATE TABLE events(a)")
    #expect(refusal() == .notALedger("its application id is 0"))
    try stranger().setApplicationID(7)
    #expect(refusal() == .notALedger("its application id is 7"))
  }

  @Test(arguments: [
    "", "no database at all, but some text that is long enough to hold a header of a hundred bytes or so",
  ])
  func `a file that is no database is no ledger`(text: String) throws {
    try Data((text + text).utf8).write(to: URL(filePath: scratch.path()))
    for mode in [SQLiteLog.Mode.readOnly, .readWrite] {
      guard case .notALedger = refusal(mode) else {
        Issue.record("\(String(describing: refusal(mode)))")
        continue
      }
    }
  }

  @Test func `what is not there can't be opened, and is not made by trying`() throws {
    for mode in [SQLiteLog.Mode.readOnly, .readWrite] {
      guard case .cannotOpen = refusal(mode) else {
        Issue.record("\(String(describing: refusal(mode)))")
        continue
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
  }

  @Test func `a ledger without its first event is damaged`() throws {
    try withExtendedLifetime(try Sample.sqlite(in: scratch)) {
      try stranger().execute(Tampering.with("events_no_delete", "DELETE FROM events"))
      #expect(refusal() == .damaged("it holds no event"))
    }
  }
}
