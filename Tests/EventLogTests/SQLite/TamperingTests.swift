import EventLog
import KeyLedger
import SQLite
import Testing
import Transparency

@Suite struct TamperingTests {
  private let scratch: Scratch
  private let log: SQLiteLog

  init() throws {
    scratch = try Scratch()
    log = try Sample.sqlite(in: scratch)
    try log.append((0..<600).map { Sample.revealed($0 % 3) })
  }

  private func stranger() throws -> Connection {
    try Connection(path: scratch.path(), mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
  }

  @Test(arguments: [
    ("UPDATE events SET type = 'x' WHERE sequence = 5", "events are never changed"),
    ("UPDATE OR REPLACE events SET sequence = 6 WHERE sequence = 5", "events are never changed"),
    ("DELETE FROM events WHERE sequence = 601", "events are never removed"),
    ("DELETE FROM events", "events are never removed"),
    ("INSERT INTO events VALUES (603, 's', 1, 't', 1795378960123, x'00')", "not the next sequence"),
    ("INSERT INTO events VALUES (601, 's', 1, 't', 1795378960123, x'00')", "not the next sequence"),
    ("INSERT INTO events VALUES (NULL, 's', 1, 't', 1795378960123, x'00')", "not the next sequence"),
    ("INSERT OR REPLACE INTO events VALUES (5, 's', 1, 't', 1795378960123, x'00')", "not the next sequence"),
    ("REPLACE INTO events VALUES (602, 'ledger', 1, 't', 1795378960123, x'00')", "not the next version"),
    ("INSERT INTO events VALUES (602, 'ledger', 3, 't', 1795378960123, x'00')", "not the next version"),
    ("INSERT INTO events VALUES (602, 's', 1, 't', 1795378960122, x'00')", "time runs backwards"),
    ("UPDATE tiles SET number = 9", "tiles are never changed"),
    ("DELETE FROM tiles", "tiles are never removed"),
    ("REPLACE INTO tiles VALUES (0, 0, zeroblob(8192))", "tiles are never replaced"),
    ("INSERT INTO tiles VALUES (0, 7, zeroblob(8191))", "CHECK constraint failed"),
    ("UPDATE head SET size = 600", "not where the events end"),
    ("UPDATE head SET size = 602", "not where the events end"),
    ("DELETE FROM head", "the head is never removed"),
    ("INSERT INTO head VALUES (601, zeroblob(32), x'')", "there is one head"),
  ])
  func `the schema itself refuses`(change: String, because: String) throws {
    let head = try log.read { try $0.head() }
    // With and without the pragma that makes REPLACE fire the triggers of DELETE.
    for recursive in ["ON", "OFF"] {
      let connection = try stranger()
      try connection.execute("PRAGMA recursive_triggers=\(recursive)")
      do {
        try connection.execute(change)
        Issue.record("it was done")
      } catch {
        #expect(error.message.contains(because))
      }
    }
    #expect(try log.read { try $0.head() } == head)
    #expect(try log.allRecords().count == 601)
  }

  @Test func `a type that STRICT does not know is refused`() throws {
    #expect(throws: SQLiteError.self) {
      try stranger().execute("INSERT INTO events VALUES (602, 's', 1, 't', 'noon', x'00')")
    }
  }

  @Test(arguments: [
    "UPDATE head SET root = zeroblob(32)", "UPDATE head SET frontier = zeroblob(length(frontier))",
    "UPDATE head SET frontier = x''",
  ])
  func `a head that contradicts itself is damaged, for readers and writers`(change: String) throws {
    try stranger().execute(change)
    #expect(throws: LogError.self) { try log.size() }
    #expect(throws: LogError.self) { try log.append([Sample.enforced()]) }
  }

  private func damage(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch LogError.damaged(let what) {
      return what
    } catch LogError.unreadable(let sequence, let reason) {
      return "event \(sequence): \(reason)"
    } catch {
      return "another error: \(error)"
    }
  }

  private func tamper(_ trigger: String, _ change: String) throws {
    try stranger().execute(Tampering.with(trigger, change))
  }

  @Test func `an event that is missing is named`() throws {
    try tamper("events_no_delete", "DELETE FROM events WHERE sequence = 300")
    #expect(damage { _ = try log.allRecords() } == "event 300 is missing")
    #expect(damage { _ = try log.read { try $0.event(300) } } == "event 300 is missing")
    #expect(damage { _ = try log.read { try $0.root(at: 300) } } == nil, "the tile answers, and verify looks closer")
  }

  @Test func `a log that is cut off at its end does not reach its head`() throws {
    try tamper("events_no_delete", "DELETE FROM events WHERE sequence > 599")
    #expect(damage { _ = try log.size() } == "the head says 601 events, the last is 599")
    #expect(damage { try log.append([Sample.enforced()]) } == "the head says 601 events, the last is 599")
  }

  @Test func `a record that can't be read is named with its reason`() throws {
    try tamper("events_no_update", "UPDATE events SET record = x'7b7d' WHERE sequence = 42")
    let said = "event 42: the type does not stand at the end, at byte 2"
    #expect(damage { _ = try log.read { try $0.event(42) } } == said)
    #expect(damage { try log.read { try $0.eventsInOrder(after: 0, through: 601) { _, _ in true } } } == said)
    #expect(damage { _ = try log.read { try $0.events(of: Sample.stream("e", key: 1)) } }?.hasPrefix("event ") == true)
    var frontier = Frontier()
    var last: UInt64 = 0
    #expect(damage { try replay(log, from: &frontier) { last = $0[$0.count - 1].sequence } } == said)
    #expect(last == 41, "those before it are done")
    #expect(frontier.size == 41)
  }

  @Test func `two records that changed places are noticed`() throws {
    try tamper(
      "events_no_update",
      "UPDATE events SET record = (SELECT record FROM events WHERE sequence = 43) WHERE sequence = 42")
    #expect(damage { _ = try log.read { try $0.event(42) } } == "event 42: its record says that it is number 43")
  }

  @Test func `an event that is indexed under another stream is noticed`() throws {
    try tamper("events_no_update", "UPDATE events SET stream = 'environments/f' WHERE sequence = 42")
    let found = damage { _ = try log.read { try $0.events(of: .environment(Sample.slug("f"))) } }
    #expect(found == "event 42 is indexed where it does not belong")
  }

  @Test func `a stream that lost an event in its middle is noticed`() throws {
    try tamper("events_no_update", "UPDATE events SET stream = 'environments/f' WHERE sequence = 302")
    let whole = damage { _ = try log.read { try $0.events(of: Sample.stream("e", key: 0)) } }
    #expect(whole == "event 305 is indexed where it does not belong")
  }

  @Test func `a stream of no form is noticed by whoever lists names`() throws {
    try tamper("events_no_update", "UPDATE events SET stream = 'environments/F!' WHERE sequence = 42")
    #expect(damage { _ = try log.read { try $0.environments() } }?.contains("environments/F!") == true)
  }

  @Test func `a tile that is missing is named`() throws {
    try tamper("tiles_no_delete", "DELETE FROM tiles WHERE number = 1")
    #expect(damage { _ = try log.read { try $0.root(at: 400) } } == "tile 0/1 is missing")
  }
}
