import KeyLedger
import SQLite
import SeededRandom
import Testing

@testable import LedgerService

@Suite("The table of uses")
struct UsesTableTests {
  private let file: JournalFile
  private let story: ReadingStory

  init() throws {
    story = try ReadingStory()
    file = try JournalFile(
      writing: story.ledger.directory.journal, of: story.ledger.queries().ledgerID, since: story.ledger.clock.now())
  }

  /// Three to each place, made in no order.
  private func key(_ number: Int) -> KeyID {
    KeyID(time: Instant(milliseconds: Int64(number / 3) << 32), randomness: UInt128(number % 3))
  }

  @Test("holds every key's last time and count, however many and in whatever order they come", arguments: 1...4)
  func agrees(_ seed: UInt64) throws {
    var random = SplitMix64(seed)
    var expected: [KeyID: (at: Int64, count: Int64)] = [:]
    for _ in 0..<12 {
      let (first, span) = (Int.random(in: 0..<3_000, using: &random), Int.random(in: 1...2_000, using: &random))
      var uses = Set((0..<span).map { _ in first + Int.random(in: 0..<span, using: &random) }).map { number in
        KeyUse(
          key(number), at: Instant(milliseconds: .random(in: 0...999, using: &random)),
          count: .random(in: 1...9, using: &random))
      }
      uses.sort { $0.key < $1.key }
      try file.connection.write { try file.uses.add(uses) }
      for use in uses {
        let before = expected[use.key] ?? (0, 0)
        expected[use.key] = (max(before.at, use.at.milliseconds), before.count + use.count)
      }
    }
    #expect(try file.uses.count() == expected.count)
    #expect(try file.uses.keys() == Set(expected.keys))
    for (key, use) in expected {
      let found = try #require(try file.uses.find(key))
      #expect(found.at.milliseconds == use.at && found.count == use.count)
    }
    #expect(try file.uses.find(key(9_000)) == nil)
  }

  @Test("splits its pages as keys come, and keeps those of one place together")
  func splits() throws {
    try file.uses.add((0..<3_000).map { KeyUse(key($0), at: Instant(milliseconds: 1)) })
    let pages = try file.connection.prepare("SELECT length(keys) / 32, first FROM uses ORDER BY first")
    defer { pages.reset() }
    var counts: [Int64] = []
    while try pages.step() { counts.append(pages.int64(0)) }
    #expect(counts.reduce(0, +) == 3_000 && counts.count > 6)
    #expect(counts.allSatisfy { $0 <= 483 && $0 % 3 == 0 })
  }

  @Test(
    "says so when a row is none that it wrote: a time that no year has, or a count that no key has",
    arguments: [
      "zeroblob(16) || x'00000000000000400100000000000000'", "zeroblob(24) || x'ffffffffffffff7f'", "zeroblob(32)",
      "x'00'",
    ])
  func damage(_ keys: String) throws {
    try file.connection.execute("INSERT INTO uses(first, keys) VALUES (\(Int64.min), CAST(\(keys) AS BLOB))")
    #expect(throws: JournalFile.Strange.self) { try file.uses.find(key(0)) }
    #expect(throws: JournalFile.Strange.self) { try file.uses.add([KeyUse(key(0), at: Instant(milliseconds: 1))]) }
  }

  @Test("one key's uses, told again and again, stay one row")
  func one() throws {
    for time in 1...5 { try file.uses.add([KeyUse(key(1), at: Instant(milliseconds: Int64(time)), count: 2)]) }
    let use = try #require(try file.uses.find(key(1)))
    #expect(use.at == Instant(milliseconds: 5) && use.count == 10)
    #expect(try file.uses.count() == 1)
  }
}
