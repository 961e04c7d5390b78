import KeyLedger
import LedgerService

/// What an auditor asks of a long log, by the same queries that the command line and HTTP use: what changed on a day, who
/// could on a day, events per day. A day, because it holds as much in a long history as in a short one.
struct Auditing {
  private let queries: Queries
  private let now: Moment
  /// A day in the middle of the history.
  private let day: (from: Instant, to: Instant)

  private static let permission = "customers:read"
  private static let page = 100

  init(_ options: Options) throws {
    queries = try Queries(options.history)
    now = try queries.moment()
    let middle = try queries.moment(.event(now.sequence / 2)).time
    day = (middle, middle.advanced(by: 86_400_000))
  }

  func run(rounds count: Int) throws {
    let changed = try diff(.whole).keys.count
    let holders = try could(.whole).count
    guard changed > 0, holders > Auditing.page else { throw Failure("\(changed) changed, \(holders) could") }
    let rounds = try Rounds(
      count,
      [
        { try timed { _ = try diff(.whole) } },
        { try timed { _ = try diff(KeyPage(limit: Auditing.page)) } },
        { try timed { _ = try could(KeyPage(limit: Auditing.page)) } },
        { try timed { _ = try could(.whole) } },
        { try timed { _ = try queries.timeline(at: now) } },
        { try timed { _ = try queries.timeline(environment: "environment-1", at: now) } },
      ])
    show("what changed on a day: \(grouped(changed)) keys", rounds.median(0))
    show("  a page of \(Auditing.page) of them", rounds.median(1))
    show("who could on a day: a page of \(Auditing.page) keys", rounds.median(2))
    show("  all of them: \(grouped(holders)) intervals", rounds.median(3))
    show("events per day", rounds.median(4))
    show("  of one environment in ten", rounds.median(5))
  }

  private func diff(_ page: KeyPage) throws -> KeyDiff {
    try queries.diff(from: .time(day.from), to: .time(day.to), page: page, at: now)
  }

  private func could(_ page: KeyPage) throws -> [KeyHolding] {
    try queries.could(Auditing.permission, from: day.from, to: day.to, page: page, at: now).holdings
  }

  private func show(_ what: String, _ seconds: Double) {
    Figure(what: what, ours: format(seconds * 1_000, 2) + " ms").show()
  }
}
