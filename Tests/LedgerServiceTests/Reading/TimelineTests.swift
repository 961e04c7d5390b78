import Formats
import KeyLedger
import Testing

@testable import LedgerService

@Suite("Events per day")
struct TimelineTests {
  @Test("are what counting the log event by event gives, as of every event, for all and for each environment")
  func countsTheLog() throws {
    let random = try RandomLedger(seed: 8, commands: 60)
    let queries = try random.ledger.queries()
    let head = try queries.moment()
    for sequence in 1...head.sequence where sequence % 4 == 0 || sequence == head.sequence {
      let moment = try queries.moment(.event(sequence))
      // The same queries each time, so that all but the first go on from what is remembered.
      for environment in [nil, "production", "staging"] as [String?] {
        if environment != nil, sequence < 8 { continue }
        var counted: [Int64: Int] = [:]
        try queries.events(EventFilter(environment: environment), at: moment) { event, _ in
          counted[event.time.milliseconds / 86_400_000, default: 0] += 1
          return true
        }
        let days = try queries.timeline(environment: environment, at: moment)
        #expect(try random.ledger.queries().timeline(environment: environment, at: moment) == days)
        #expect(days.map(\.day.milliseconds) == counted.keys.sorted().map { $0 * 86_400_000 })
        #expect(days.map(\.events) == counted.keys.sorted().map { counted[$0] })
        if sequence == head.sequence { #expect(days.count > 5) }
      }
    }
    #expect(try queries.timeline(at: queries.moment(.time(Instant(milliseconds: 0)))).isEmpty)
    #expect(refusal { _ = try queries.timeline(environment: "nowhere", at: head) } == .notFound)
  }

  @Test("are told by date")
  func shape() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    let json = try Shapes(queries, at: now).timeline(queries.timeline(at: now))
    let told = String(decoding: json.line(), as: UTF8.self)
    #expect(
      told.hasPrefix(
        #"{"days":[{"day":"2026-09-21","events":38},{"day":"2026-09-22","events":1}],"as_of":{"sequence":39,"#))
  }
}
