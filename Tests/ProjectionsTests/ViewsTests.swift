import Cryptography
import EventLog
import Foundation
import KeyLedger
import Projections
import SQLite
import Testing
import Transparency

struct ViewsTests {
  @Test(
    "As of every event, the views say what a fold of the log up to it says", arguments: 1...6 as ClosedRange<UInt64>)
  func agreesWithFold(seed: UInt64) throws {
    var history = try RandomHistory(seed: seed)
    try history.grow(by: 160)
    let directory = try Directory()
    let views = try directory.open(history.log)
    let position = try views.catchUp(with: history.log)
    try history.log.read { log in
      var fold = KeyTableFold(activity: .all)
      try log.eventsInOrder(after: 0, through: .max) { event, record in
        try fold.evolve(event, record)
        try expect(views, toBe: fold, asOf: event.sequence, history.environments.keys.sorted(), history.ids)
        return true
      }
      #expect(fold.sequence == position.sequence)
      try expect(views, toBe: fold, asOf: nil, history.environments.keys.sorted(), history.ids)
    }
  }

  private func expect(
    _ views: Views, toBe fold: KeyTableFold, asOf event: UInt64?, _ environments: [Slug], _ ids: [KeyID]
  ) throws {
    for removed in [false, true] {
      let all = try views.keys(KeyQuery(at: event, includingRemoved: removed))
      #expect(identical(all, fold.keys(includingRemoved: removed)))
      for environment in environments {
        let some = try views.keys(KeyQuery(environment: environment, at: event, includingRemoved: removed))
        #expect(identical(some, fold.keys(environment: environment, includingRemoved: removed)))
      }
    }
    for id in ids {
      #expect(try identical(views.key(id, at: event), fold.key(id)))
      #expect(try views.activity(of: id, at: event) == fold.activity(of: id))
    }
  }

  @Test("Pages of activity, put together, are the whole", arguments: [1, 2, 7])
  func pages(of limit: Int) throws {
    var history = try RandomHistory(seed: 11)
    try history.grow(by: 200)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    let busiest = try #require(try history.ids.max { try views.activity(of: $0).count < views.activity(of: $1).count })
    let all = try views.activity(of: busiest)
    var rows: [ActivityRow] = []
    while true {
      let page = try views.activity(of: busiest, before: rows.last?.sequence, limit: limit)
      #expect(page.count <= limit)
      if page.isEmpty { break }
      rows += page
    }
    #expect(rows == all && all.count > 2)
  }

  @Test("The finders find every fingerprint, every key and every idempotency key, and nothing else")
  func finders() throws {
    var history = try RandomHistory(seed: 21)
    try history.grow(by: 200)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    for key in history.keys.keys(includingRemoved: true) {
      let found = try #require(try views.key(fingerprint: key.fingerprint))
      #expect(found == (key.id, key.environment))
      #expect(try views.environment(of: key.id) == key.environment)
    }
    var first: [Hash256: UInt64] = [:]
    try history.log.read {
      try $0.eventsInOrder(after: 0, through: .max) { event, _ in
        if let key = event.marks.idempotency?.key, first[key] == nil { first[key] = event.sequence }
        return true
      }
    }
    #expect(first.count > 20)
    for (key, sequence) in first { #expect(try views.firstEvent(idempotency: key) == sequence) }
    #expect(try views.key(fingerprint: history.random.hash()) == nil)
    #expect(try views.environment(of: KeyID(time: history.now, randomness: 1)) == nil)
    #expect(try views.firstEvent(idempotency: history.random.hash()) == nil)
  }

  @Test("Keys as of an event are the same whether they are looked up or walked to: few changed since, and many")
  func lookedUpOrWalked() throws {
    var history = try RandomHistory(seed: 31)
    try history.grow(by: 400)
    let directory = try Directory()
    let views = try directory.open(history.log)
    let head = try views.catchUp(with: history.log).sequence
    let all = try views.keys(KeyQuery(includingRemoved: true))
    // One environment of several, long ago: so few keys that each is looked up. All keys: a walk.
    for event in [1, head / 8, head / 2, head - 1, head] {
      let fold = try history.log.read { try KeyTableFold.replay($0, through: event) }
      for environment in history.environments.keys {
        let found = try views.keys(KeyQuery(environment: environment, at: event, includingRemoved: true))
        #expect(identical(found, fold.keys(environment: environment, includingRemoved: true)))
      }
      #expect(try identical(views.keys(KeyQuery(at: event)), fold.keys()))
    }
    #expect(all.count > 40 && all.contains { $0.lastEvent > $0.firstEvent })
  }

  @Test("The key table of the present can be read in a shell, with the status of this moment")
  func keyTable() throws {
    var history = try RandomHistory(seed: 41)
    try history.grow(by: 200)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    let connection = try Connection(path: directory.views, mode: .readOnly, busy: .jitter(limitMilliseconds: 1_000))
    let rows = try connection.prepare("SELECT key, status FROM key_table")
    var seen: [String] = []
    while try rows.step() { seen.append("\(try rows.text(0)) \(try rows.text(1))") }
    #expect(seen == history.keys.keys().map { "\($0.id) \($0.status(at: now).word)" })
    rows.reset()
  }

  @Test("No question walks along a table, nor along all keys for one, nor sorts what an index has in order")
  func plans() throws {
    var history = try RandomHistory(seed: 42)
    try history.grow(by: 60)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    let connection = try Connection(path: directory.views, mode: .readOnly, busy: .jitter(limitMilliseconds: 1_000))
    for question in ViewsQuestions.all {
      let rows = try connection.prepare("EXPLAIN QUERY PLAN " + question)
      var plan: [String] = []
      while try rows.step() { plan.append(try rows.text(3)) }
      rows.reset()
      #expect(
        !plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE FOR ORDER BY") }, "\(question): \(plan)")
      // Only a question about all keys may go along them.
      let isAboutAll = question.contains("k.first_event <= ") && !question.contains("k.environment = ")
      #expect(
        isAboutAll
          == plan.contains {
            $0.hasPrefix("SEARCH k USING INTEGER PRIMARY KEY (rowid<")
              || $0.hasPrefix("SEARCH k USING INTEGER PRIMARY KEY (rowid>? AND rowid<")
          },
        "\(question): \(plan)")
    }
  }

  @Test("The file is the owner's alone, and a second opening costs no rebuild")
  func file() throws {
    var history = try RandomHistory(seed: 51)
    try history.grow(by: 40)
    let directory = try Directory()
    let views = try directory.open(history.log)
    let position = try views.catchUp(with: history.log)
    views.close()
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.views)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let again = try directory.open(history.log)
    #expect(try again.position() == position)
    let reader = try Views(readOnly: directory.views, ledger: history.log.ledger)
    #expect(try reader.position() == position)
    #expect(try identical(reader.keys(KeyQuery()), history.keys.keys()))
  }

  @Test("Views that only read say so where there are none")
  func absent() throws {
    let directory = try Directory()
    let ledger = LedgerID(time: Instant(milliseconds: 0), randomness: 1)
    #expect(throws: ViewsError.absent(directory.views)) { try Views(readOnly: directory.views, ledger: ledger) }
  }
}
