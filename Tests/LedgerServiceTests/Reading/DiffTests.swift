import EventLog
import Formats
import KeyLedger
import Testing

@testable import LedgerService

@Suite("What changed between two points")
struct DiffTests {
  @Test("is what differs between the key tables of the two, from the views and from the log alone", arguments: [2, 3])
  func isTheDifferenceOfTables(seed: UInt64) throws {
    let random = try RandomLedger(seed: seed, commands: 90)
    let (views, replay) = (try random.ledger.queries(.views), try random.ledger.queries(.replay))
    let head = try views.moment()
    var points = (1...head.sequence).filter { $0 % 13 == 1 }.map { Point.event($0) }
    points += try random.instants(views).enumerated().filter { $0.offset % 31 == 0 }.map { Point.time($0.element) }
    // Before the founding there was nothing.
    points.append(.time(Instant(milliseconds: 0)))
    let moments = try points.map { ($0, try views.moment($0)) }
      .sorted { ($0.1.sequence, $0.1.time) < ($1.1.sequence, $1.1.time) }
    var words: Set<KeyChange> = []
    var byTimeAlone = 0
    for (index, (from, earlier)) in moments.enumerated() {
      for (to, later) in moments[index...] {
        for environment in [nil, "staging"] as [String?] {
          if environment != nil, later.sequence < 9 { continue }
          let diff = try views.diff(from: from, to: to, environment: environment, at: head)
          #expect(diff.from == earlier && diff.to == later)
          let shape = try DiffTests.shape(diff, views)
          #expect(
            try DiffTests.shape(replay.diff(from: from, to: to, environment: environment, at: head), replay) == shape)
          try expect(diff, toBeBetween: earlier, later, environment, views)
          words.formUnion(diff.keys.map(\.change))
          byTimeAlone += diff.keys.count { $0.events.isEmpty }
        }
      }
    }
    #expect(words == Set(KeyChange.allCases))
    #expect(byTimeAlone > 0)
  }

  private static func shape(_ diff: KeyDiff, _ queries: Queries) throws -> JSON {
    Shapes.diff(diff, from: try Shapes(queries, at: diff.from), to: try Shapes(queries, at: diff.to))
  }

  private func table(_ queries: Queries, _ environment: String?, at moment: Moment) throws -> [String: JSON] {
    guard moment.sequence > 0 else { return [:] }
    let shapes = try Shapes(queries, at: moment)
    let keys = try queries.keys(KeyFilter(includeRemoved: true), at: moment)
      .filter { environment == nil || $0.environment.text == environment }
    return Dictionary(uniqueKeysWithValues: keys.map { ($0.id.description, shapes.key($0)) })
  }

  private func expect(
    _ diff: KeyDiff, toBeBetween earlier: Moment, _ later: Moment, _ environment: String?, _ queries: Queries
  ) throws {
    let (before, after) = (
      try table(queries, environment, at: earlier), try table(queries, environment, at: later)
    )
    let differing = Set(after.keys.filter { before[$0] != after[$0] })
    #expect(Set(diff.keys.map(\.after.id.description)) == differing, "\(earlier) to \(later)")
    #expect(diff.keys.isEmpty == (before == after))
    #expect(diff.keys.map(\.after.firstEvent) == diff.keys.map(\.after.firstEvent).sorted(by: >))
    for shape in try DiffTests.shape(diff, queries)["keys"]?.array ?? [] {
      let id = shape["key"]?.string ?? ""
      #expect(shape["before"] == before[id] ?? .null)
      #expect(shape["after"] == after[id])
      #expect((shape["before"] == .null) == (shape["change"] == .string("added")))
      let numbers = (shape["events"]?.array ?? []).compactMap { $0.integer.map(UInt64.init) }
      #expect(numbers.allSatisfy { earlier.sequence < $0 && $0 <= later.sequence } && numbers == numbers.sorted())
      // The revision counts the key's own events; the rest are additions to the catalogue.
      let own = numbers.count { (try? queries.isOfKey(id, $0)) == true }
      let revision = { (json: JSON?) in Int(json?["revision"]?.integer ?? 0) }
      #expect(own == revision(shape["after"]) - revision(shape["before"]))
    }
  }

  @Test("comes in pages that put together are the whole", arguments: [1, 3, 10])
  func pages(limit: Int) throws {
    let random = try RandomLedger(seed: 3, commands: 70)
    for source in [Queries.Source.views, .replay] {
      let queries = try random.ledger.queries(source)
      let head = try queries.moment()
      let (from, to) = (Point.event(8), Point.event(head.sequence))
      let whole = try queries.diff(from: from, to: to, at: head).keys.map(\.after.id)
      var (paged, page) = ([KeyID](), KeyPage(limit: limit))
      while true {
        let part = try queries.diff(from: from, to: to, page: page, at: head)
        #expect(part.keys.count <= limit)
        paged += part.keys.map(\.after.id)
        guard let next = part.next else { break }
        page.before = next
      }
      #expect(paged == whole && whole.count > 10)
    }
  }

  @Test("is written as the contract says")
  func shape() throws {
    let story = try ReadingStory()
    let names = try story.names()
    let queries = try story.ledger.queries()
    let end = try #require(try queries.key(story.key("billing"), at: queries.moment()).expiresAt)
    let (from, to) = (Point.time(end.advanced(by: -1)), Point.time(end))
    let diff = try queries.diff(from: from, to: to, environment: "production", at: queries.moment())
    let place = #"{"sequence":38,"time":"2026-09-22T14:13:31"#
    #expect(
      names.text(try DiffTests.shape(diff, queries)).hasPrefix(
        #"{"from":\#(place.replacing("31", with: "30")).999Z"},"to":\#(place).000Z"},"keys":[{"key":"<billing>","#
          + #""change":"ended","before":{"id":"<billing>","#))
    let key = try #require(try DiffTests.shape(diff, queries)["keys"]?.array?.first)
    #expect(key["before"]?["status"] == .string("expiring"))
    #expect(key["after"]?["status"] == .string("expired"))
    #expect(key["events"] == .array([]))
    #expect(diff.keys.count == 1)
  }

  @Test("refuses points after now, in the wrong order, and an environment that was not there")
  func refusals() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    func code(_ from: Point, _ to: Point, _ environment: String? = nil, at moment: Moment? = nil) -> RefusalCode? {
      refusal { _ = try queries.diff(from: from, to: to, environment: environment, at: moment ?? now) }
    }
    #expect(code(.event(5), .event(4)) == .badUsage)
    #expect(code(.event(5), .event(5)) == nil)
    #expect(code(.event(5), .event(now.sequence + 1)) == .badUsage)
    #expect(code(.event(5), .time(now.time.advanced(by: 1))) == .badUsage)
    #expect(code(.event(0), .event(4)) == .badUsage)
    #expect(code(.event(1), .event(2), "production") == .notFound)
    #expect(code(.event(1), .event(5), "No Slug") == .notFound)
    // As of a moment, what came after it is after now.
    let then = try queries.moment(.event(10))
    #expect(code(.event(5), .event(11), at: then) == .badUsage)
    #expect(code(.event(5), .event(10), at: then) == nil)
  }
}

extension Queries {
  /// Whether an event is of a key's stream.
  fileprivate func isOfKey(_ key: String, _ sequence: UInt64) throws -> Bool {
    guard let id = KeyID(key), case .key(_, id)? = try read({ try $0.event(sequence) })?.stream else { return false }
    return true
  }
}
