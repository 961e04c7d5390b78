import Cryptography
import Formats
import Foundation
import KeyLedger
import SQLite
import Testing

@testable import LedgerService

@Suite("The access journal")
struct AccessJournalTests {
  private let story: ReadingStory
  private let production: Slug
  private var directory: LedgerDirectory { story.ledger.directory }

  init() throws {
    story = try ReadingStory()
    production = try #require(Slug("production"))
  }

  private func journal(limit: Int64 = AccessJournal.maximumEntries) throws -> AccessJournal {
    try AccessJournal(directory, of: story.ledger.queries().ledgerID, clock: story.ledger.clock, limit: limit)
  }

  private func note(
    _ journal: AccessJournal, _ key: String?, _ path: String, _ outcome: VerificationOutcome = .valid,
    method: String = "GET"
  ) throws {
    story.ledger.clock.advance(1_000)
    let operation = JournaledOperation(
      time: story.ledger.clock.now(), environment: production, key: try key.map { try #require(story.keys[$0]) },
      permission: Permission("customers:read"), outcome: outcome)
    journal.record(operation, method: method.utf8.span, path: path.utf8.span)
  }

  private func page(_ change: (inout AccessFilter) -> Void = { _ in }) throws -> AccessPage {
    var filter = AccessFilter(environment: "production")
    change(&filter)
    let queries = try story.ledger.queries()
    return try queries.access(filter, at: queries.moment())
  }

  @Test("lists what was let in and refused, newest first, without queries")
  func lists() throws {
    let journal = try journal()
    try note(journal, "billing 2", "/v1/customers?name=ada#top")
    try note(journal, "leaked", "/v1/coupons", .revoked, method: "DELETE")
    journal.close()
    let entries = try page().entries
    #expect(entries.map(\.path) == ["/v1/coupons", "/v1/customers"])
    #expect(entries.map(\.method) == ["DELETE", "GET"])
    #expect(entries.map(\.outcome) == [.revoked, .valid])
    #expect(entries.map(\.key) == [story.keys["leaked"], story.keys["billing 2"]])
    #expect(entries[0].permission == Permission("customers:read"))
    #expect(entries[0].time == story.ledger.clock.now())
  }

  @Test("counts secrets of no key and lists none of them")
  func countsUnknown() throws {
    let journal = try journal()
    for outcome in [VerificationOutcome.unknown, .malformed, .unknown] { try note(journal, nil, "/guess", outcome) }
    journal.close()
    #expect(try page().entries.isEmpty)
    #expect(try page().unlisted == [.unknown: 2, .malformed: 1])
  }

  @Test("filters by key, outcome and time, and pages by place")
  func filters() throws {
    let journal = try journal()
    for number in 1...5 { try note(journal, "billing 2", "/\(number)") }
    let fifth = story.ledger.clock.now()
    try note(journal, "leaked", "/6", .revoked)
    journal.close()
    #expect(try page { $0.key = story.keys["leaked"]?.description }.entries.map(\.path) == ["/6"])
    #expect(try page { $0.outcome = "valid" }.entries.count == 5)
    #expect(try page { $0.since = fifth }.entries.map(\.path) == ["/6", "/5"])
    #expect(try page { $0.until = fifth }.entries.map(\.path) == ["/4", "/3", "/2", "/1"])
    let first = try page { $0.limit = 2 }
    let second = try page {
      $0.limit = 2
      $0.before = first.entries.last?.number
    }
    #expect((first.entries + second.entries).map(\.path) == ["/6", "/5", "/4", "/3"])
    #expect(throws: Refusal.self) { try page { $0.outcome = "splendid" } }
    #expect(throws: Refusal.self) { try page { $0.key = "key_none" } }
    #expect(throws: Refusal.self) { try page { $0.environment = "nowhere" } }
  }

  @Test("tells last use and count of successes, never, and no record apart")
  func lastUse() throws {
    let billing = try #require(story.keys["billing 2"])
    let leaked = try #require(story.keys["leaked"])
    #expect(try story.ledger.queries().lastUses(of: [billing])[0] == LastUse(at: nil, count: 0, since: nil))
    let began = story.ledger.clock.now()
    let journal = try journal()
    for _ in 1...3 { try note(journal, "billing 2", "/") }
    let last = story.ledger.clock.now()
    try note(journal, "leaked", "/", .revoked)
    journal.close()
    let queries = try story.ledger.queries()
    let use = queries.lastUses(of: [billing])[0]
    #expect(use.at == last && use.count == 3)
    #expect(try #require(use.since) >= began)
    #expect(queries.lastUses(of: [leaked])[0] == LastUse(at: nil, count: 0, since: use.since))
    let shapes = try Shapes(queries, at: queries.moment())
    let shown = shapes.shownKey(try queries.key(billing.description, at: queries.moment()))
    #expect(shown["last_used"]?["count"]?.integer == 3)
  }

  @Test("goes on where another process left it, and lets the oldest batches go beyond its bound")
  func isBounded() throws {
    for round in 1...3 {
      let journal = try journal(limit: 4)
      for number in 1...3 { try note(journal, "billing 2", "/\(round)/\(number)") }
      journal.close()
    }
    // What is left of the oldest batch depends on how they were gathered.
    let paths = try page().entries.map(\.path)
    #expect(paths.prefix(4) == ["/3/3", "/3/2", "/3/1", "/2/3"] && paths.allSatisfy { !$0.hasPrefix("/1/") })
    #expect(try story.ledger.queries().lastUses(of: [#require(story.keys["billing 2"])])[0].count == 9)
  }

  @Test("holds back the uses of very many keys, and writes them all in the end")
  func manyKeys() throws {
    let keys = (0..<1_300).map { number in
      KeyID(time: Instant(milliseconds: Int64(number * 7_919 % 1_300 / 3)), randomness: UInt128(number))
    }
    let journal = try journal()
    for round in 1...3 {
      for key in keys {
        let operation = JournaledOperation(
          time: Instant(milliseconds: Int64(round)), environment: production, key: key, permission: nil, outcome: .valid
        )
        journal.record(operation, method: "GET".utf8.span, path: "/".utf8.span)
      }
    }
    journal.close()
    #expect(journal.state == JournalFigures(written: 3_900))
    let uses = try story.ledger.queries().lastUses(of: keys)
    #expect(uses.allSatisfy { $0.count == 3 && $0.at == Instant(milliseconds: 3) })
  }

  @Test("takes over a file of an older format, with the uses that it tells of", arguments: [1, 2])
  func migrates(_ version: Int) throws {
    let billing = try #require(story.keys["billing 2"])
    var journal = try journal()
    try note(journal, "billing 2", "/")
    journal.close()
    let file = try Connection(path: directory.journal, mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    try file.execute(
      """
      DROP TABLE uses;
      CREATE TABLE last_use(
        key TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        count INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      INSERT INTO last_use VALUES ('\(billing)', 7, 40);
      PRAGMA user_version=\(version)
      """)
    if version == 1 {
      try file.execute(
        """
        DROP TABLE stretches;
        CREATE TABLE access(
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          time INTEGER NOT NULL,
          environment TEXT NOT NULL,
          key TEXT NOT NULL,
          method TEXT NOT NULL,
          path TEXT NOT NULL,
          permission TEXT,
          outcome TEXT NOT NULL
        ) STRICT
        """)
    }
    file.close()
    journal = try self.journal()
    try note(journal, "billing 2", "/again")
    journal.close()
    #expect(try page().entries.map(\.path) == (version == 1 ? ["/again"] : ["/again", "/"]))
    #expect(try story.ledger.queries().lastUses(of: [billing])[0].count == 41)
  }

  @Test("masks anything of a secret's shape, however it is written")
  func masks() throws {
    let secret = try story.secret("billing 2").withBytes { String(decoding: $0, as: UTF8.self) }
    let tail = String(secret.dropFirst(12))
    let journal = try journal()
    let encoded = secret.replacing("-", with: "%2D")
    let digits = String(repeating: "0a1B", count: 16)
    for path in ["/k/\(secret)/x", "/k/\(encoded)", "/k/a\(digits)b", "/k/x%30\(digits)"] {
      try note(journal, "billing 2", path)
    }
    try note(journal, "billing 2", "/" + String(repeating: "p", count: 480) + "/q/" + secret)
    journal.close()
    let paths = try page().entries.map(\.path)
    #expect(paths[4] == "/k/server-…/x")
    #expect(paths[3] == "/k/server-…")
    #expect(paths[2] == "/k/…")
    #expect(paths[0].hasSuffix("/q/…"))
    #expect(paths.allSatisfy { !$0.contains(tail.prefix(8)) && !$0.contains(digits) })
    let file = try Data(contentsOf: URL(fileURLWithPath: directory.journal))
    #expect(file.range(of: Data(tail.utf8)) == nil)
  }

  @Test("leaves paths that hold no secret as they came")
  func leavesPlainPaths() {
    for path in [
      "/v1/customers", "/", "", "/users/550e8400-e29b-41d4-a716-446655440000", "/server-keys", "/a%20b/%zz/%",
      "/key_01JD8Z3V5QK7M0XW2T9B4C6R8E",
    ] {
      #expect(SecretMask.path(Array(path.utf8)) == path)
    }
  }

  @Test("a word that begins as a secret and is as long is kept back, a shorter one is not")
  func masksText() {
    let secret = "server-4f0a1b2c3d4f0a1b2c3d4f0a1b2c3d4f0a1b"
    #expect(SecretMask.text("a/\(secret) can't be read, \(secret)") == "a/server-… can't be read, server-…")
    #expect(SecretMask.text("server-keys.csv, clients and é user-x") == "server-keys.csv, clients and é user-x")
  }

  @Test("drops what comes faster than it can be written, and counts it")
  func dropsWhenFull() {
    var batch = JournalBatch()
    let operation = JournaledOperation(
      time: Instant(milliseconds: 0), environment: production, key: nil, permission: nil, outcome: .unknown)
    for _ in 0..<JournalBatch.maximumEntries + 3 { batch.add(operation, method: "GET".utf8.span, path: "/".utf8.span) }
    #expect(batch.entries.count == JournalBatch.maximumEntries && batch.dropped == 3)
    batch.removeAll()
    let long = String(repeating: "x", count: 4_000)
    for _ in 0..<JournalBatch.maximumEntries { batch.add(operation, method: "GET".utf8.span, path: long.utf8.span) }
    #expect(batch.bytes.count <= JournalBatch.maximumBytes && batch.dropped > 0)
  }
}
