import Cryptography
import Foundation
import KeyLedger
import LedgerService
import Testing

@Suite("As of any event")
struct AsOfTests {
  @Test("views and a fold of the log give the same answer to every question")
  func viewsAgreeWithReplay() throws {
    let story = try ReadingStory()
    let (views, replay) = (try story.ledger.queries(.views), try story.ledger.queries(.replay))
    let head = try views.moment().sequence
    #expect(head > 30)
    for sequence in 1...head {
      let moment = try views.moment(.event(sequence))
      #expect(try replay.moment(.event(sequence)) == moment)
      try agree(views, replay, at: moment, story)
    }
    try agree(views, replay, at: try views.moment(), story)
  }

  private func agree(_ views: Queries, _ replay: Queries, at moment: Moment, _ story: ReadingStory) throws {
    for environment in [nil, "production", "staging"] as [String?] {
      for removed in [false, true] {
        let filter = KeyFilter(environment: environment, includeRemoved: removed)
        expectSame(moment) {
          try views.keys(filter, at: moment)
        } _: {
          try replay.keys(filter, at: moment)
        }
      }
    }
    for (name, key) in story.keys {
      let id = key.description
      expectSame(moment) {
        try views.key(id, at: moment)
      } _: {
        try replay.key(id, at: moment)
      }
      for chain in [false, true] {
        expectSame(moment) {
          try views.activity(of: id, chain: chain, at: moment)
        } _: {
          try replay.activity(of: id, chain: chain, at: moment)
        }
      }
      let secret = try story.secret(name)
      expectSame(moment) {
        try views.whose(secret, at: moment)
      } _: {
        try replay.whose(secret, at: moment)
      }
      for permission in [nil, "customers:write"] as [String?] {
        expectSame(moment) {
          try views.check(secret, permission: permission, environment: "production", at: moment)
        } _: {
          try replay.check(secret, permission: permission, environment: "production", at: moment)
        }
      }
    }
  }

  /// The same answer, or the same refusal.
  private func expectSame<R: Equatable>(_ moment: Moment, _ a: () throws -> R, _ b: () throws -> R) {
    func result(_ body: () throws -> R) -> Result<R, Refusal>? {
      do {
        return .success(try body())
      } catch {
        return (error as? Refusal).map { .failure($0) }
      }
    }
    let (first, second) = (result(a), result(b))
    #expect(first != nil && first == second, "as of event \(moment.sequence)")
  }

  @Test("a key is as its events up to there left it")
  func keyIsAsItWas() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let billing = try story.key("billing")
    let activity = try queries.activity(of: billing, chain: false, at: queries.moment())
    #expect(
      activity.map(\.label) == [
        "Key revealed", "Grace period changed", "Key rotated", "Scope updated", "Key renamed", "Key created",
      ])
    var seen: [String] = []
    for entry in activity.reversed() {
      let moment = try queries.moment(.event(entry.sequence))
      let key = try queries.key(billing, at: moment)
      seen.append(
        "\(key.name) \(key.scope == .permissions([permission("customers:read")])) \(key.status(at: moment.time).word)")
      #expect(key.lastEvent == entry.sequence)
      #expect(try queries.activity(of: billing, chain: false, at: moment).first == entry)
      let before = try queries.moment(.event(entry.sequence - 1))
      let known = try? queries.key(billing, at: before)
      #expect(known == nil ? entry.label == "Key created" : known?.lastEvent ?? 0 < entry.sequence)
    }
    #expect(
      seen == [
        "Billing true active", "Billing worker true active", "Billing worker false active",
        "Billing worker false expiring", "Billing worker false expiring", "Billing worker false expiring",
      ])
  }

  @Test("between two events, time alone ends a grace")
  func timeEndsAGrace() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let billing = try story.key("billing")
    let end = try #require(try queries.key(billing, at: queries.moment()).expiresAt)
    let before = try queries.moment(.time(end.advanced(by: -1)))
    let after = try queries.moment(.time(end))
    #expect(before.sequence == after.sequence)
    #expect(try queries.key(billing, at: before).status(at: before.time) == .expiring)
    #expect(try queries.key(billing, at: after).status(at: after.time) == .expired(.graceEnded))
    #expect(try queries.check(story.secret("billing"), at: before).outcome == .valid)
    #expect(try queries.check(story.secret("billing"), at: after).outcome == .expired)
  }

  @Test("environments, users, plan, catalogue and integrations are as they were")
  func smallThings() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let head = try queries.moment().sequence
    var lines: [String] = []
    for sequence in 1...head {
      let moment = try queries.moment(.event(sequence))
      let environments = try queries.environments(at: moment)
      let integrations = try environments.flatMap { try queries.integrations(environment: $0.id.text, at: moment) }
      let users = try queries.users(at: moment)
      let line =
        "\(environments.map { "\($0.id)\($0.isEnforced ? "!" : "")\($0.signing.generation)" }) "
        + "\(integrations.map { "\($0.name)\($0.isConnected ? "" : " gone")" }) "
        + "\(users.map { $0.forgotten ? "forgotten" : $0.removed == nil ? $0.role.rawValue : "removed" }) "
        + "\(try queries.ledger(at: moment).plan) \(try queries.ledger(at: moment).resources.count)"
      if lines.last != line { lines.append(line) }
    }
    #expect(
      lines == [
        "[] [] [] scale 5",
        #"[] [] ["owner"] scale 5"#,
        #"["production1"] [] ["owner"] scale 5"#,
        #"["staging1", "production1"] [] ["owner"] scale 5"#,
        #"["staging1", "production!1"] [] ["owner"] scale 5"#,
        #"["staging2", "production!1"] [] ["owner"] scale 5"#,
        #"["staging2", "production!1"] [] ["owner"] scale 6"#,
        #"["staging2", "production!1"] ["zapier"] ["owner"] scale 6"#,
        #"["staging2", "production!1"] ["segment", "zapier"] ["owner"] scale 6"#,
        #"["staging2", "production!1"] ["segment", "zapier gone"] ["owner"] scale 6"#,
        #"["staging2", "production!1"] ["segment", "zapier gone"] ["member", "owner"] scale 6"#,
        #"["staging2", "production!1"] ["segment", "zapier gone"] ["read_only", "member", "owner"] scale 6"#,
        #"["staging2", "production!1"] ["segment", "zapier gone"] ["read_only", "owner", "owner"] scale 6"#,
        #"["staging2", "production!1"] ["segment", "zapier gone"] ["removed", "owner", "owner"] scale 6"#,
        #"["staging2", "production!1"] ["segment", "zapier gone"] ["forgotten", "owner", "owner"] scale 6"#,
        #"["staging2", "production!1"] ["segment", "zapier gone"] ["forgotten", "owner", "owner"] starter 6"#,
      ])
  }

  @Test("an integration's key is the newest of its rotations then")
  func newestKey() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    let zapier = try #require(
      try queries.integrations(environment: "production", at: now).first { $0.name.text == "zapier" })
    #expect(try queries.newestKey(of: zapier, in: slug("production"), at: now) == story.keys["zapier 2"])
    let then = try queries.moment(.event(zapier.connected.sequence))
    #expect(try queries.newestKey(of: zapier, in: slug("production"), at: then) == story.keys["zapier"])
  }

  @Test("lists are filtered by environment, type, status and removal, newest first")
  func filters() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    func names(_ filter: KeyFilter) throws -> [String] {
      try queries.keys(filter, at: now).map { key in story.keys.first { $0.value == key.id }?.key ?? key.name }
    }
    #expect(
      try names(KeyFilter()) == [
        "segment", "staging publishable 2", "leaked", "billing 2", "billing", "staging publishable",
        "staging full_access", "production publishable", "production full_access",
      ])
    #expect(try names(KeyFilter(type: .scoped)) == ["leaked", "billing 2", "billing"])
    #expect(try names(KeyFilter(environment: "production", status: .expired)) == ["leaked", "billing"])
    #expect(
      try names(KeyFilter(environment: "production", type: .default, status: .expired, includeRemoved: true)) == [
        "zapier 2", "zapier",
      ])
    #expect(try names(KeyFilter(environment: "production", type: .scoped, status: .active)) == ["billing 2"])
    #expect(try names(KeyFilter(status: .expiring)) == [])
    #expect(refusal { _ = try queries.keys(KeyFilter(environment: "nowhere"), at: now) } == .notFound)
    #expect(refusal { _ = try queries.keys(KeyFilter(environment: "No Slug"), at: now) } == .notFound)
    #expect(refusal { _ = try queries.key("key_nonsense", at: now) } == .notFound)
    #expect(refusal { _ = try queries.key("key_01J00000000000000000000000", at: now) } == .notFound)
  }

  @Test("activity runs over the whole chain when asked")
  func chain() throws {
    let story = try ReadingStory()
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    let whole = try queries.activity(of: story.key("billing 2"), chain: true, at: now)
    #expect(try whole == queries.activity(of: story.key("billing"), chain: true, at: now))
    #expect(Set(whole.map(\.key)) == Set([story.keys["billing"], story.keys["billing 2"]].compactMap { $0 }))
    #expect(whole.map(\.sequence) == whole.map(\.sequence).sorted(by: >))
    #expect(whole.count == 7)
  }
}

@Suite("Views that are no use")
struct UselessViewsTests {
  private let story: ReadingStory

  init() throws { story = try ReadingStory() }

  private func keys(_ source: Queries.Source = .views) throws -> [KeyState] {
    let queries = try story.ledger.queries(source)
    return try queries.keys(KeyFilter(includeRemoved: true), at: queries.moment())
  }

  @Test("are built anew on the way when they are missing, truncated or not SQLite")
  func areBuiltAnew() throws {
    let expected = try keys()
    let path = story.ledger.file("views.sqlite")
    for name in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
    #expect(try keys() == expected)
    let whole = try Data(contentsOf: URL(filePath: path))
    for damaged in [Data(), whole.prefix(whole.count / 2), Data(repeating: 0x5A, count: 9_000)] {
      for name in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
      try damaged.write(to: URL(filePath: path))
      #expect(try keys() == expected)
    }
  }

  @Test("that can't be written are refused with the way without them")
  func nameReplay() throws {
    let expected = try keys()
    let path = story.ledger.file("views.sqlite")
    for name in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + name) }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let error = #expect(throws: Refusal.self) { try keys() }
    #expect(error?.message.contains("--replay") == true)
    #expect(try keys(.replay) == expected)
  }
}
