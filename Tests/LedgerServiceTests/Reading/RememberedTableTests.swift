import Cryptography
import KeyLedger
import Testing

@testable import LedgerService

@Suite("A table that is remembered")
struct RememberedTableTests {
  private let story: ReadingStory
  private let queries: Queries

  init() throws {
    story = try ReadingStory()
    queries = try story.ledger.queries()
  }

  /// Holds what one who remembers says against one who reads anew, as of an event.
  private func compare(_ environment: String, at event: UInt64) throws {
    let place = try #require(Slug(environment))
    let moment = try queries.moment(.event(event))
    let filter = KeyFilter(environment: environment, includeRemoved: true)
    #expect(try queries.table(of: place, at: moment).states == queries.keys(filter, at: moment), "event \(event)")
    #expect(queries.memory.tables.count <= RecentAnswers<RememberedTable>.most)
  }

  /// Every event after which both environments are there.
  private func events() throws -> ClosedRange<UInt64> {
    let head = try queries.moment().sequence
    let first = try (1...head).first { event in
      try queries.environments(at: queries.moment(.event(event))).count >= 2
    }
    let begin = try #require(first)
    return begin...head
  }

  @Test("says the same as one that is read anew, as events come, also where environments take turns")
  func goesOn() throws {
    for event in try events() {
      try compare("production", at: event)
      if event.isMultiple(of: 3) { try compare("staging", at: event) }
    }
  }

  @Test("says the same at moments in any order")
  func goesAnywhere() throws {
    let events = Array(try events())
    for step in 0..<events.count * 2 { try compare("production", at: events[step * 7 % events.count]) }
    for event in events.reversed() { try compare("staging", at: event) }
  }

  @Test("is there for whoever else asks about the same ledger, and nobody takes another log's for it")
  func isShared() throws {
    let memory = Memory()
    let (first, second) = (try asking(memory), try asking(memory))
    let place = try #require(Slug("production"))
    let moment = try first.moment()
    let read = try first.table(of: place, at: moment)
    #expect(try second.table(of: place, at: moment) === read)
    let root = try #require(Digest([UInt8](repeating: 7, count: Digest.byteCount)))
    let none = ListedKeys([])
    memory.tables.keep(RememberedTable(environment: place, sequence: moment.sequence, root: root, keys: none))
    #expect(try second.table(of: place, at: moment).states == read.states)
    memory.tables.keep(RememberedTable(environment: place, sequence: moment.sequence - 1, root: root, keys: none))
    #expect(try second.table(of: place, at: moment).states == read.states)
  }

  private func asking(_ memory: Memory) throws -> Queries {
    try Queries(
      story.ledger.directory, clock: story.ledger.clock, source: .views, watch: nil, sharing: memory)
  }
}
