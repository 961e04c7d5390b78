import Formats
import KeyLedger
import LedgerService
import Testing

@Suite("A point in history")
struct PointTests {
  /// 2026-11-22T20:22:40.123Z.
  static let now = Instant(milliseconds: 1_795_378_960_123)

  @Test(
    "is a time or the number of an event",
    arguments: [
      ("2026-11-22T20:22:40.123Z", Point.time(now)),
      ("2026-11-22T21:22:40.123+01:00", .time(now)),
      ("2026-11-22T15:22:40.123-05:00", .time(now)),
      ("2026-11-22t20:22:40z", .time(Instant(milliseconds: 1_795_378_960_000))),
      ("2026-11-22", .time(Instant(milliseconds: 1_795_305_600_000))),
      ("-24h", .time(now.advanced(by: -86_400_000))),
      ("-7d", .time(now.advanced(by: -7 * 86_400_000))),
      ("-90m", .time(now.advanced(by: -90 * 60_000))),
      ("-30s", .time(now.advanced(by: -30_000))),
      ("-2w", .time(now.advanced(by: -14 * 86_400_000))),
      ("-0h", .time(now)),
      ("42", .event(42)),
      ("#42", .event(42)),
      ("2026", .event(2026)),
      ("0", .event(0)),
    ])
  func isParsed(text: String, point: Point) throws {
    #expect(try Point.parse(text, now: PointTests.now) == point)
  }

  @Test(
    "is refused when it is neither",
    arguments: [
      "", "#", "##1", "#-1", "-", "-h", "-1", "-1y", "-1.5h", "--1h", "- 1h", "-01h", "+1h", "1h", "042", " 42", "42 ",
      "yesterday", "2026-11", "2026-13-01", "2026-02-30", "2026-11-22 20:22:40Z", "2026-11-22T20:22:40",
      "99999999999999999999", "-99999999999999999999h", "-9000000000000000w", "-4000w0d", "２０２６-11-22", "4２",
      "-300000w",
    ])
  func isRefused(text: String) {
    #expect(refusal { _ = try Point.parse(text, now: PointTests.now) } == .badUsage)
  }

  @Test("lies where RFC 3339 can write it, which is where any instant can be told")
  func tellable() {
    #expect(RFC3339.range == Instant.earliest.milliseconds...Instant.latest.milliseconds)
    for end in [RFC3339.range.lowerBound, RFC3339.range.upperBound] { #expect(Instant(tellable: end) != nil) }
    for beyond in [RFC3339.range.lowerBound - 1, RFC3339.range.upperBound + 1, .min, .max] {
      #expect(Instant(tellable: beyond) == nil)
    }
  }

  @Test("names what was typed in its refusal, and no more than can be read")
  func namesItself() throws {
    let error = #expect(throws: Refusal.self) {
      try Point.parse(String(repeating: "x", count: 10_000), now: PointTests.now)
    }
    #expect((error?.message.utf8.count ?? .max) < 300)
  }

  @Test("must not lie after now, nor beyond the head")
  func staysWithinTheLog() throws {
    let ledger = try ReadingLedger()
    defer { withExtendedLifetime(ledger) {} }
    try ledger.run(.provisionEnvironment("production"))
    let queries = try ledger.queries()
    let now = ledger.clock.now()
    #expect(try queries.moment(.time(now)).sequence == 5)
    #expect(refusal { _ = try queries.moment(.time(now.advanced(by: 1))) } == .badUsage)
    #expect(try queries.moment(.event(5)).time == now)
    #expect(refusal { _ = try queries.moment(.event(6)) } == .badUsage)
    #expect(refusal { _ = try queries.moment(.event(0)) } == .badUsage)
    #expect(refusal { _ = try queries.moment(.event(.max)) } == .badUsage)
  }

  @Test("that is now is the later of the clock and the last event")
  func nowNeverRunsBackwards() throws {
    let ledger = try ReadingLedger()
    defer { withExtendedLifetime(ledger) {} }
    try ledger.run(.provisionEnvironment("production"))
    let last = ledger.clock.now()
    ledger.clock.set(last.advanced(by: -3_600_000))
    #expect(try ledger.queries().moment().time == last)
    ledger.clock.set(last.advanced(by: 3_600_000))
    #expect(try ledger.queries().moment().time == last.advanced(by: 3_600_000))
  }

  @Test("before the founding is an empty ledger")
  func beforeTheFounding() throws {
    let ledger = try ReadingLedger()
    defer { withExtendedLifetime(ledger) {} }
    let queries = try ledger.queries()
    let before = try queries.moment(.time(ledger.founding.time.advanced(by: -1)))
    #expect(before.sequence == 0)
    #expect(try queries.keys(KeyFilter(), at: before).isEmpty)
    #expect(try queries.environments(at: before).isEmpty)
    #expect(try queries.users(at: before).isEmpty)
    #expect(refusal { _ = try queries.ledger(at: before) } == .notFound)
  }

  @Test("rests on backfill from the first backfilled event on")
  func restsOnBackfill() throws {
    let long = Instant(milliseconds: 1_600_000_000_000)
    let ledger = try ReadingLedger(at: long)
    defer { withExtendedLifetime(ledger) {} }
    let made = try ledger.backfill(.provisionEnvironment("production"), at: long)
    #expect(made.events.count == 3)
    _ = try ledger.backfill(.provisionEnvironment("staging"), at: long.advanced(by: 5_000))
    try ledger.run(.enforceClientSecurity(environment: "production"))
    let queries = try ledger.queries()
    let rests = try (1...9).map { try queries.moment(.event($0)).restsOnBackfill }
    #expect(rests == [false, false, true, true, true, true, true, true, true])
    #expect(try queries.moment().restsOnBackfill)
    let other = try ReadingLedger()
    defer { withExtendedLifetime(other) {} }
    try other.run(.provisionEnvironment("production"))
    let others = try other.queries()
    #expect(try (1...5).allSatisfy { try !others.moment(.event($0)).restsOnBackfill })
  }
}
