import Cryptography
import EventLog
import Foundation
import KeyLedger
import Projections
import SQLite
import Testing
import Transparency

struct DamageTests {
  /// Views of a small log, their closed file as bytes, and what they hold.
  private struct Whole {
    var history: RandomHistory
    let directory: Directory
    let bytes: Data
    let digest: Digest

    init(seed: UInt64) throws {
      history = try RandomHistory(seed: seed)
      try history.grow(by: 120)
      directory = try Directory()
      let views = try directory.open(history.log)
      try views.catchUp(with: history.log)
      digest = try views.digest()
      views.close()
      bytes = try directory.bytes()
    }

    /// Opens whatever is there now, catches up, asks everything, and rebuilds. Nothing may fail, and a rebuild must
    /// end as the log says.
    func survives(_ what: String) throws {
      let views = try directory.open(history.log)
      let silence: (RebuildProgress) -> Void = { _ in }
      let position = try views.answer(with: history.log, progress: silence) { position in
        for id in history.ids {
          _ = try views.key(id)
          _ = try views.activity(of: id)
        }
        _ = try views.keys(KeyQuery(includingRemoved: true))
        return position
      }
      #expect(position.sequence == history.size, "\(what)")
      let report = try views.rebuild(from: history.log)
      #expect(report.digest == digest, "\(what)")
      #expect(try views.digest() == digest, "\(what)")
      #expect(try identical(views.keys(KeyQuery()), history.keys.keys()), "\(what)")
      views.close()
    }
  }

  @Test(
    "Any byte of the file may be another: no crash, and a rebuild gives the same",
    arguments: 1...4 as ClosedRange<UInt64>)
  func flippedBytes(seed: UInt64) throws {
    var whole = try Whole(seed: seed)
    // The header whole, then a sample of all the rest.
    let header = (0..<100).filter { $0 % 4 == Int(seed - 1) }
    let sample = (0..<25).map { _ in Int.random(in: 100..<whole.bytes.count, using: &whole.history.random) }
    for position in header + sample {
      var bytes = whole.bytes
      bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &whole.history.random)
      try whole.directory.write(bytes)
      try whole.survives("byte \(position) flipped, seed \(seed)")
    }
  }

  @Test("The file may end anywhere, be empty, be gone, or be something else")
  func truncated() throws {
    var whole = try Whole(seed: 81)
    let lengths = [
      0, 1, 15, 16, 99, 100, 101, 4_096, 8_191, 8_192, 8_193, whole.bytes.count - 8_192, whole.bytes.count - 1,
    ]
    let random = (0..<12).map { _ in Int.random(in: 0..<whole.bytes.count, using: &whole.history.random) }
    for length in lengths + random {
      try whole.directory.write(whole.bytes.prefix(length))
      try whole.survives("cut to \(length) bytes")
    }
    try FileManager.default.removeItem(atPath: whole.directory.views)
    try whole.survives("deleted")
    try whole.directory.write(Data("This is no database at all, and long enough to be taken for one.".utf8))
    try whole.survives("text")
    try whole.directory.write(Data(repeating: 0, count: 8_192))
    try whole.survives("zeros")
  }

  @Test(
    "What was done to the schema is undone",
    arguments: [
      "DROP VIEW key_table", "DROP TABLE key_activity", "CREATE TABLE more(a)",
      "CREATE TRIGGER t AFTER INSERT ON key_versions BEGIN DELETE FROM key_versions; END",
      "PRAGMA user_version = 0", "PRAGMA user_version = 1", "PRAGMA user_version = 3", "PRAGMA application_id = 0",
      "ALTER TABLE key_versions ADD COLUMN more TEXT", "DELETE FROM position", "UPDATE position SET frontier = x''",
      "PRAGMA journal_mode = DELETE",
    ])
  func schema(sql: String) throws {
    let whole = try Whole(seed: 82)
    try whole.directory.tamper(sql)
    try whole.survives(sql)
  }

  @Test(
    "A time that no year of four digits can say is damage, as is a number that JSON can't, and the views are built anew",
    arguments: [
      "UPDATE keys SET version = 9223372036854775807",
      "UPDATE keys SET created_at = created_at | (1 << 52)", "UPDATE key_activity SET time = -time - (1 << 52)",
      "UPDATE keys SET expires_at = expires_at | (1 << 52)",
    ])
  func untellable(sql: String) throws {
    let whole = try Whole(seed: 94)
    try whole.directory.tamper(sql)
    try whole.survives(sql)
  }

  @Test("Views of a newer format are refused and left as they are")
  func newer() throws {
    let whole = try Whole(seed: 83)
    try whole.directory.tamper("ALTER TABLE key_versions ADD COLUMN more TEXT; PRAGMA user_version = 3")
    let bytes = try whole.directory.bytes()
    #expect(throws: ViewsError.newerFormat(found: 3, known: 2)) { try whole.directory.open(whole.history.log) }
    #expect(throws: ViewsError.newerFormat(found: 3, known: 2)) {
      try Views(readOnly: whole.directory.views, ledger: whole.history.log.ledger)
    }
    #expect(try whole.directory.bytes() == bytes)
  }

  /// Some of what version 1 had; what it had besides makes no difference.
  private static let older = """
    CREATE TABLE key_versions(from_sequence INTEGER PRIMARY KEY, to_sequence INTEGER, key TEXT NOT NULL) STRICT;
    CREATE INDEX key_versions_by_first_a ON key_versions(from_sequence);
    INSERT INTO key_versions VALUES(1, NULL, 'key_00000000000000000000000000');
    CREATE TABLE position(id INTEGER PRIMARY KEY, ledger TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
    INSERT INTO position VALUES(1, 'ldg_00000000000000000000000000', 1);
    PRAGMA application_id = \(0x4b4c_7677); PRAGMA user_version = 1
    """

  @Test("Views of an older format are none to who only reads, and are built anew by who may write")
  func older() throws {
    let whole = try Whole(seed: 90)
    try whole.directory.write(Data())
    try whole.directory.tamper(DamageTests.older)
    #expect(throws: ViewsError.absent(whole.directory.views)) {
      try Views(readOnly: whole.directory.views, ledger: whole.history.log.ledger)
    }
    #expect(throws: ViewsError.absent(whole.directory.views)) {
      try ViewsCheck(path: whole.directory.views, log: whole.history.log)
    }
    let views = try whole.directory.open(whole.history.log)
    #expect(try views.catchUp(with: whole.history.log).sequence == whole.history.size)
    #expect(try views.digest() == whole.digest)
    views.close()
    try whole.survives("of an older format")
    #expect(!whole.directory.names.contains { $0.contains("foreign") })
  }

  @Test("Another program's database is moved aside, not destroyed")
  func foreign() throws {
    let whole = try Whole(seed: 84)
    try whole.directory.write(Data())
    try whole.directory.tamper("CREATE TABLE theirs(a); INSERT INTO theirs VALUES(7); PRAGMA application_id = 99")
    try whole.survives("foreign")
    let moved = try Connection(
      path: whole.directory.views + ".foreign", mode: .readOnly, busy: .jitter(limitMilliseconds: 1_000))
    #expect(try moved.prepare("SELECT a FROM theirs").step())
  }

  @Test(
    "Views whose position is not of this log are built anew",
    arguments: [
      "UPDATE position SET ledger = 'ldg_0000000000000000000000000A'",
      "UPDATE position SET root = zeroblob(32)",
      "UPDATE position SET sequence = sequence - 1",
      "UPDATE position SET sequence = 9000000000000000000",
      "UPDATE position SET sequence = -1",
      "UPDATE position SET sequence = 1, root = x'01', frontier = zeroblob(32)",
    ])
  func forgedPosition(sql: String) throws {
    let whole = try Whole(seed: 85)
    try whole.directory.tamper(sql)
    let views = try whole.directory.open(whole.history.log)
    try views.catchUp(with: whole.history.log)
    #expect(try views.digest() == whole.digest)
  }

  @Test(
    "A position that is well made, of another log, is found out: at the head, behind it and beyond it",
    arguments: [0, 30, 300])
  func positionOfAnotherLog(more: Int) throws {
    var whole = try Whole(seed: 86)
    // Same ledger id, another history.
    var frontier = Frontier()
    let size = more == 300 ? whole.history.size + 5 : whole.history.size
    for number in 0..<size { frontier.append(SHA256.hash([UInt8(truncatingIfNeeded: number)])) }
    let (root, roots) = (frontier.root.hex, frontier.serialized.map { String(format: "%02x", $0) }.joined())
    try whole.directory.tamper("UPDATE position SET sequence = \(size), root = x'\(root)', frontier = x'\(roots)'")
    if more == 30 { try whole.history.grow(by: more) }
    let views = try whole.directory.open(whole.history.log)
    #expect(try views.catchUp(with: whole.history.log).sequence == whole.history.size)
    let other = try Directory()
    let fresh = try other.open(whole.history.log)
    try fresh.catchUp(with: whole.history.log)
    #expect(try views.digest() == fresh.digest())
  }

  @Test("Views of one ledger, opened for another, answer for the other")
  func anotherLedger() throws {
    let whole = try Whole(seed: 87)
    var other = try RandomHistory(seed: 88)
    try other.grow(by: 50)
    let views = try whole.directory.open(other.log)
    #expect(try views.position() == nil)
    try views.catchUp(with: other.log)
    #expect(try identical(views.keys(KeyQuery()), other.keys.keys()))
  }

  @Test("A file replaced or deleted while it is open is followed")
  func replaced() throws {
    let whole = try Whole(seed: 89)
    let views = try whole.directory.open(whole.history.log)
    try views.catchUp(with: whole.history.log)
    let another = try whole.directory.open(whole.history.log)
    try another.startOver()
    #expect(try another.position() == nil)
    try views.catchUp(with: whole.history.log)
    try another.catchUp(with: whole.history.log)
    #expect(try views.digest() == whole.digest)
    #expect(try another.digest() == whole.digest)
  }
}
