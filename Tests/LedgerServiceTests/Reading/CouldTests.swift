import Formats
import KeyLedger
import Testing

@testable import LedgerService

@Suite("Who could, between two times")
struct CouldTests {
  @Test("are those whom checking at a moment finds valid, and nobody else", arguments: [1, 2])
  func agreesWithChecking(seed: UInt64) throws {
    let random = try RandomLedger(seed: seed, commands: 90)
    let (views, replay) = (try random.ledger.queries(.views), try random.ledger.queries(.replay))
    let now = try views.moment()
    let instants = try random.instants(views)
    let moments = try instants.map { try views.moment(.time($0)) }
    var held = 0
    for asked in RandomLedger.permissions where (try? views.ledger(at: now).permission(requested: asked)) != nil {
      let all = try whole(views, asked, at: now)
      #expect(try whole(replay, asked, at: now) == all)
      let intervals = Dictionary(grouping: all, by: \.key.id)
      for (index, (id, secret)) in random.secrets.enumerated() {
        // Each key at every fifth moment, another fifth for the next one.
        for moment in stride(from: index % 5, to: moments.count, by: 5).map({ moments[$0] }) {
          let result = try? views.check(secret, permission: asked, at: moment)
          let isHeld = intervals[id]?.contains { $0.interval.contains(moment.time) } ?? false
          #expect(isHeld == (result?.isValid ?? false), "\(asked) of \(id) at \(moment.time.milliseconds)")
          held += isHeld ? 1 : 0
        }
      }
      try expectWindows(views, replay, asked, all, instants, at: now)
    }
    #expect(held > 500)
  }

  private func whole(_ queries: Queries, _ asked: String, at now: Moment) throws -> [KeyHolding] {
    try queries.could(asked, from: Instant(milliseconds: 0), to: now.time.advanced(by: 1), at: now).holdings
  }

  /// A window picks of all intervals those that have a moment in it, and leaves them whole.
  private func expectWindows(
    _ views: Queries, _ replay: Queries, _ asked: String, _ all: [KeyHolding], _ instants: [Instant], at now: Moment
  ) throws {
    for (from, to) in zip(instants.enumerated().filter { $0.offset % 7 == 0 }.map(\.element), instants.dropFirst(11)) {
      guard from < to else { continue }
      let expected = all.filter { $0.interval.overlaps(from: from, to: to) }
      #expect(try views.could(asked, from: from, to: to, at: now).holdings == expected)
      #expect(try replay.could(asked, from: from, to: to, at: now).holdings == expected)
      let staging = try views.could(asked, environment: "staging", from: from, to: to, at: now).holdings
      #expect(staging == expected.filter { $0.key.environment.text == "staging" })
    }
  }

  @Test("had a role, as reading the users at every moment says")
  func roles() throws {
    let random = try RandomLedger(seed: 5, commands: 250)
    let queries = try random.ledger.queries()
    let now = try queries.moment()
    let moments = try random.instants(queries).map { try queries.moment(.time($0)) }
    var seen = 0
    for role in Role.allCases {
      let (from, to) = (Instant(milliseconds: 0), now.time.advanced(by: 1))
      let all = Dictionary(grouping: try queries.could(role: role, from: from, to: to, at: now), by: \.user.id)
      for moment in moments where moment.sequence > 0 {
        let having = try queries.users(at: moment).filter { $0.role == role && $0.removed == nil }.map(\.id)
        let held = all.filter { $0.value.contains { $0.interval.contains(moment.time) } }.map(\.key)
        #expect(Set(held) == Set(having), "\(role) at \(moment.time.milliseconds)")
        seen += held.count
      }
    }
    #expect(seen > 100 && random.users.count > 2)
  }

  @Test("come in pages that put together are the whole", arguments: [1, 3, 10])
  func pages(limit: Int) throws {
    let random = try RandomLedger(seed: 3, commands: 70)
    for source in [Queries.Source.views, .replay] {
      let queries = try random.ledger.queries(source)
      let now = try queries.moment()
      let all = try whole(queries, "customers:read", at: now)
      var (paged, page) = ([KeyHolding](), KeyPage(limit: limit))
      while true {
        let (part, next) = try queries.could(
          "customers:read", from: Instant(milliseconds: 0), to: now.time.advanced(by: 1), page: page, at: now)
        #expect(Set(part.map(\.key.id)).count <= limit)
        paged += part
        guard let next else { break }
        page.before = next
      }
      #expect(paged == all && Set(all.map(\.key.id)).count > 10)
    }
  }

  @Test("are told as the contract says")
  func shape() throws {
    let story = try ReadingStory()
    let names = try story.names()
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    func told(_ permission: String, since: String, until: String) throws -> [String] {
      let (from, to) = (try Point.time(since, now: now.time), try Point.time(until, now: now.time))
      let json = try Shapes(queries, at: now).could(
        queries.could(permission, environment: "production", from: from, to: to, at: now).holdings)
      #expect(json["as_of"] != nil)
      return try (json["could"]?.array ?? []).map { holding in
        let key = try #require(holding["key"])
        #expect(key == (try Shapes(queries, at: now).key(queries.key(key["id"]?.string ?? "", at: now))))
        guard case .object(let members) = holding else { return "" }
        return names.text(.string(key["id"]?.string ?? "")) + names.text(.object(Array(members.dropFirst())))
      }
    }
    let day = ("2026-09-21", "2026-09-22")
    #expect(
      try told("customers:write", since: day.0, until: day.1) == [
        #""<billing 2>"{"environment":"production","since":"2026-09-21T14:13:30.000Z","until":null,"opened_by":17,"#
          + #""closed_by":null}"#,
        #""<billing>"{"environment":"production","since":"2026-09-21T14:13:29.000Z","until":"2026-09-22T14:13:31.000Z","#
          + #""opened_by":15,"closed_by":{"expired":"2026-09-22T14:13:31.000Z"}}"#,
        #""<production full_access>"{"environment":"production","since":"2026-09-21T14:13:21.000Z","until":null,"#
          + #""opened_by":4,"closed_by":null}"#,
      ])
    #expect(
      try told("invoices:read", since: "2026-09-22", until: "2026-09-23") == [
        #""<production publishable>"{"environment":"production","since":"2026-09-21T14:13:35.000Z","until":null,"#
          + #""opened_by":22,"closed_by":null}"#,
        #""<production full_access>"{"environment":"production","since":"2026-09-21T14:13:35.000Z","until":null,"#
          + #""opened_by":22,"closed_by":null}"#,
      ])
    #expect(try told("coupons:read", since: "2026-09-20", until: "2026-09-21").isEmpty)
  }

  @Test("had a role are told with a user in the place of the key, in no environment")
  func shapeOfRoles() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    let (from, to) = (try Point.time("2026-09-21", now: now.time), try Point.time("2026-09-22", now: now.time))
    let json = try Shapes(queries, at: now).could(queries.could(role: .owner, from: from, to: to, at: now))
    let told = try (json["could"]?.array ?? []).map { holding in
      guard case .object(let members) = holding else { return "" }
      let user = try #require(holding["user"])
      #expect(members.map(\.name) == ["user", "environment", "since", "until", "opened_by", "closed_by"])
      return "\(user["handle"]?.string ?? "") \(holding["opened_by"]?.integer ?? 0) "
        + "\(holding["closed_by"]?.integer.map(String.init) ?? "open") \(holding["environment"] == .null)"
    }
    #expect(told == ["ben@example.com 36 open true", "ada@example.com 2 open true"])
  }

  @Test("are refused a permission that can't be, a window without a moment, and one that begins after now")
  func refusals() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    let hour: Int64 = 3_600_000
    func code(
      _ permission: String, _ environment: String? = nil, from: Int64 = -1, to: Int64 = 1, at moment: Moment? = nil
    ) -> RefusalCode? {
      refusal {
        _ = try queries.could(
          permission, environment: environment, from: now.time.advanced(by: from * hour),
          to: now.time.advanced(by: to * hour), at: moment ?? now)
      }
    }
    #expect(code("customers:read") == nil)
    #expect(code("parrots:read") == .unknownResource)
    #expect(code("event_queue:write") == .badScope)
    #expect(code("customers") == .badScope)
    #expect(code("customers:read", "nowhere") == .notFound)
    #expect(code("customers:read", from: 0, to: 0) == .badUsage)
    #expect(code("customers:read", from: 0, to: -1) == .badUsage)
    #expect(code("customers:read", from: 1, to: 2) == .badUsage)
    #expect(code("invoices:read", from: -900, at: try? queries.moment(.event(9))) == .unknownResource)
    #expect(refusal { _ = try queries.could(role: .owner, from: now.time, to: now.time, at: now) } == .badUsage)
  }
}

extension ReadingStory {
  /// A name of the story in the place of each key's id.
  func names() throws -> GoldenNames {
    var names = GoldenNames()
    for (name, id) in keys { names.add(id.description, name) }
    return names
  }
}
