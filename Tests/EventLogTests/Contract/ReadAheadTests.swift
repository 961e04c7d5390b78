import EventLog
import KeyLedger
import SQLite
import Testing
import Transparency

private struct Stop: Error {}

@Suite struct ReadAheadTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func log(_ kind: Implementation) throws -> any EventLog {
    let log = try kind.make(in: scratch)
    try log.append((0..<2_999).map { Sample.revealed($0 % 7) })
    return log
  }

  @Test(arguments: Implementation.allCases)
  func `pages read ahead hold every record once, in order, with its hash`(kind: Implementation) throws {
    let log = try log(kind)
    let all = try log.allRecords()
    for (after, through) in [(0, 3_000), (0, 1), (255, 257), (2_999, 3_000), (17, 2_000)] as [(UInt64, UInt64)] {
      var next = after + 1
      try readAhead(log, after: after, through: through) { page in
        page.hash()
        for index in 0..<page.count {
          let record = all[Int(next) - 1]
          #expect(page.after + UInt64(index) + 1 == next)
          #expect(page.record(index).indices.map { page.record(index)[$0] } == record)
          #expect(page.leafHashes[index] == MerkleTree.leafHash(record))
          next += 1
        }
        return true
      }
      #expect(next == through + 1)
    }
  }

  @Test(arguments: Implementation.allCases)
  func `reading ahead ends where no more is wanted, and where the body throws`(kind: Implementation) throws {
    let log = try log(kind)
    var pages = 0
    try readAhead(log, after: 0, through: 3_000) { _ in
      pages += 1
      return pages < 3
    }
    #expect(pages == 3)
    #expect(throws: Stop.self) { try readAhead(log, after: 0, through: 3_000) { _ in throw Stop() } }
    try readAhead(log, after: 3_000, through: 9_000) { _ in
      Issue.record("a page beyond the head")
      return true
    }
    try log.append([Sample.enforced()])
  }

  @Test func `what the other thread meets comes out behind the pages before it`() throws {
    let log = try log(.sqlite)
    let stranger = try Connection(path: scratch.path(), mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    try stranger.execute(Tampering.with("events_no_delete", "DELETE FROM events WHERE sequence = 1500"))
    var last: UInt64 = 0
    #expect(throws: LogError.damaged("event 1500 is missing")) {
      try readAhead(log, after: 0, through: 3_000) { page in
        last = page.last
        return true
      }
    }
    #expect(last == 1_499)
  }

  @Test(arguments: Implementation.allCases)
  func `a long replay by two threads is a replay`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    for _ in 0..<8 { try log.append((0..<3_000).map { Sample.revealed($0 % 7) }) }
    var (frontier, expected): (Frontier, UInt64) = (Frontier(), 1)
    try replay(log, from: &frontier, through: 23_000) { events in
      for index in events.indices {
        #expect(events[index].sequence == expected)
        expected += 1
      }
    }
    #expect(frontier.size == 23_000)
    #expect(expected == 23_001)
    try replay(log, from: &frontier) { _ in }
    #expect(LogHead(frontier: frontier) == (try log.read { try $0.head() }))
  }

  @Test func `a record that can't be read comes out behind those before it, whoever meets it`() throws {
    let log = try Implementation.sqlite.make(in: scratch)
    for _ in 0..<8 { try log.append((0..<3_000).map { Sample.revealed($0 % 7) }) }
    let stranger = try Connection(path: scratch.path(), mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    try stranger.execute(
      Tampering.with("events_no_update", "UPDATE events SET record = x'7b7d' WHERE sequence = 22500"))
    var (frontier, last): (Frontier, UInt64) = (Frontier(), 0)
    let reason = "the type does not stand at the end, at byte 2"
    #expect(throws: LogError.unreadable(sequence: 22_500, reason: reason)) {
      try replay(log, from: &frontier) { if !$0.isEmpty { last = $0[$0.count - 1].sequence } }
    }
    #expect(last == 22_499)
    #expect(frontier.size == 22_499)
  }
}
