import EventLog
import KeyLedger
import Testing

@testable import LedgerService
@testable import Vault

/// The history of another system goes in with its own times and actors, before anything of the ledger's own.
@Suite struct BackfillTests {
  private static let start = Instant(milliseconds: 1_500_000_000_000)
  private static let hour: Int64 = 3_600_000

  /// A ledger founded long before its clock's now.
  private func founded() throws -> TestLedger { try TestLedger(at: BackfillTests.start) }

  private func line(_ command: Command, after hours: Int64, by author: String = "operator:root", key: String? = nil)
    -> Request
  {
    var request = Request(command, by: .author(author, by: TestLedger.root))
    request.backfilledAt = BackfillTests.start.advanced(by: hours * BackfillTests.hour)
    request.idempotencyKey = key
    return request
  }

  @Test func `Times and actors are as given, and who recorded them when stands beside`() throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    let requests = [
      line(.addUser(handle: "bob@example.com", role: .owner), after: 1),
      line(.provisionEnvironment("production"), after: 2, by: "user:bob@example.com"),
      line(
        .createKey(environment: "production", name: "a", description: "", scope: ["read_only", "api_keys_write"]),
        after: 3, by: "user:\(ledger.owner)"),
    ]
    let outcomes = try writer.run(requests).map { try $0.get() }
    let key = try #require(outcomes[2].key)
    let byKey = try writer.one(
      line(
        .createKey(environment: "production", name: "b", description: "", scope: ["read_only"]), after: 4,
        by: "key:\(key.id)"))
    guard case .user(let bob) = outcomes[0].answer else {
      Issue.record("no user in the answer")
      return
    }
    let events = (outcomes + [byKey]).flatMap(\.events).map(\.event)
    #expect(
      events.map(\.actor) == [
        .operator(TestLedger.root), .user(bob.id), .system, .system, .user(ledger.owner), .key(key.id),
      ])
    #expect(
      events.map(\.time) == [1, 2, 2, 2, 3, 4].map { BackfillTests.start.advanced(by: $0 * BackfillTests.hour) })
    let recorded = Recorded(time: ledger.clock.now(), by: .operator(TestLedger.root))
    #expect(events.allSatisfy { $0.marks.recorded == recorded })
    #expect(outcomes[2].asOf.time == BackfillTests.start.advanced(by: 3 * BackfillTests.hour))
    // Ids sort by creation: they carry the time of then.
    #expect(try #require(byKey.key).id > key.id)
    #expect(key.id.ulid.bits >> 80 == UInt128(events[4].time.milliseconds))
    #expect(bob.id.ulid.bits >> 80 == UInt128(events[0].time.milliseconds))
  }

  @Test func `Nothing goes in after the ledger's own events`() throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    try writer.one(line(.provisionEnvironment("production"), after: 1))
    try writer.operate(.provisionEnvironment("own"))
    let size = try ledger.size()
    let late = writer.run([
      line(.provisionEnvironment("late"), after: 2),
      line(.provisionEnvironment("later"), after: (ledger.clock.now().milliseconds - 1_500_000_000_000) / 3_600_000),
    ])
    #expect(late.map(code) == [.timeOutOfOrder, .timeOutOfOrder])
    #expect(try ledger.size() == size)
  }

  @Test func `Nothing goes in before the last event, or after now`() throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    try writer.one(line(.provisionEnvironment("production"), after: 5))
    #expect(code(writer.run([line(.provisionEnvironment("early"), after: 4)])[0]) == .timeOutOfOrder)
    var future = line(.provisionEnvironment("future"), after: 6)
    future.backfilledAt = ledger.clock.now().advanced(by: 1)
    #expect(code(writer.run([future])[0]) == .timeOutOfOrder)
    future.backfilledAt = ledger.clock.now()
    #expect(code(writer.run([future])[0]) == nil)
  }

  @Test(arguments: [Int64(-1), -62_167_219_200_000, .min])
  func `A time before 1970 is refused, since no id can hold it`(_ milliseconds: Int64) throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    var request = line(.provisionEnvironment("early"), after: 0)
    request.backfilledAt = Instant(milliseconds: milliseconds)
    #expect(code(writer.run([request])[0]) == .badUsage)
    #expect(try ledger.size() == 2)
  }

  @Test func `An own event at the founding time does not end the backfill`() throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    #expect(try ledger.events().map(\.time) == [BackfillTests.start, BackfillTests.start])
    let outcome = try writer.one(line(.provisionEnvironment("production"), after: 0))
    #expect(outcome.events.count == 3)
  }

  @Test func `The rights of the one who is named are judged`() throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    let provision = Command.provisionEnvironment("production")
    try writer.one(line(.addUser(handle: "reader@example.com", role: .readOnly), after: 1))
    try writer.one(line(.addUser(handle: "gone@example.com", role: .owner), after: 1))
    try writer.one(line(.removeUser(user: "gone@example.com"), after: 2))
    let unknown = UserID(time: BackfillTests.start, randomness: 5)
    let refused: [(String, RefusalCode)] = [
      ("user:reader@example.com", .forbidden), ("user:gone@example.com", .forbidden),
      ("user:nobody@example.com", .badUsage), ("user:\(unknown)", .badUsage), ("system", .badUsage), ("", .badUsage),
      ("operator:", .badUsage), ("key:\(KeyID(time: BackfillTests.start, randomness: 5))", .badUsage),
    ]
    for (author, expected) in refused {
      #expect(code(writer.run([line(provision, after: 3, by: author)])[0]) == expected, "\(author)")
    }
    #expect(code(writer.run([line(provision, after: 3, by: "user:ada@example.com")])[0]) == nil)
  }

  @Test func `What changes nothing, and what is a repeat, is known before its time is judged`() throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    let first = try writer.one(line(.provisionEnvironment("production"), after: 5, key: "once"))
    let again = try writer.one(line(.provisionEnvironment("production"), after: 1, key: "once"))
    #expect(again.repeated && again.ids == first.ids)
    let same = try writer.one(line(.changePlan(.scale), after: 1))
    #expect(same.events.isEmpty)
    // Also long after the ledger has events of its own.
    try writer.operate(.provisionEnvironment("own"))
    #expect(try writer.one(line(.provisionEnvironment("production"), after: 5, key: "once")).repeated)
    #expect(try writer.one(line(.changePlan(.scale), after: 5)).events.isEmpty)
  }

  @Test func `A grace that is long past destroys the old secret`() throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    try writer.one(line(.provisionEnvironment("production"), after: 1))
    let created = try writer.one(
      line(.createKey(environment: "production", name: "a", description: "", scope: ["read_only"]), after: 2))
    let key = try #require(created.key)
    #expect(try writer.vault.isLive(owner: key.id.description, kind: "key"))
    let rotated = try writer.one(line(.rotateKey(key: key.id.description, grace: "1h"), after: 3))
    #expect(try !writer.vault.isLive(owner: key.id.description, kind: "key"))
    #expect(try writer.vault.isLive(owner: try #require(rotated.key).id.description, kind: "key"))
    #expect(!rotated.shredPending)
  }

  @Test func `A time without an author, or an author without a time, is no backfill`() throws {
    let ledger = try founded()
    let writer = try ledger.writer()
    var timed = Request.ask(.provisionEnvironment("production"))
    timed.backfilledAt = BackfillTests.start
    let authored = Request(
      .provisionEnvironment("production"), by: .author("user:ada@example.com", by: TestLedger.root))
    #expect(writer.run([timed, authored]).map(code) == [.badUsage, .badUsage])
    #expect(try ledger.size() == 2)
  }
}
