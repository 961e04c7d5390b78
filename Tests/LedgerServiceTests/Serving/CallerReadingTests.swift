import Cryptography
import Foundation
import KeyLedger
import Synchronization
import Testing

@testable import LedgerService

@Suite("What a caller may read")
struct CallerReadingTests {
  private let story: ReadingStory
  private let queries: Queries

  init() throws {
    story = try ReadingStory()
    queries = try story.ledger.queries()
  }

  private func asKey(_ name: String, _ environment: String = "production") throws -> Credential {
    .key(try #require(Slug(environment)), try #require(story.keys[name]))
  }

  private func code(_ body: () throws -> Void) -> RefusalCode? {
    do {
      try body()
      return nil
    } catch {
      return (error as? Refusal)?.code
    }
  }

  @Test("a key sees the keys of its environment, and nothing elsewhere")
  func confines() throws {
    let reading = try CallerReading(queries, by: asKey("production full_access"), to: .seeKeys)
    let own = try reading.keys(KeyFilter(environment: "production"))
    #expect(!own.isEmpty && own.allSatisfy { $0.environment.text == "production" })
    #expect(try reading.keys(KeyFilter()).allSatisfy { $0.environment.text == "production" })
    #expect(code { _ = try reading.keys(KeyFilter(environment: "staging")) } == .notFound)
    let elsewhere = try #require(story.keys["staging full_access"])
    #expect(code { _ = try reading.key(elsewhere.description) } == .notFound)
    #expect(code { _ = try reading.activity(of: elsewhere.description, chain: true) } == .notFound)
    let secret = try story.secret("staging full_access")
    #expect(try reading.check(secret, permission: nil, environment: nil, customer: (nil, nil)).outcome == .unknown)
    #expect(try reading.whose(secret) == nil)
    #expect(try reading.whose(story.secret("billing 2"))?.id == story.keys["billing 2"])
  }

  @Test("a key sees no handle, and no past")
  func hides() throws {
    let reading = try CallerReading(queries, by: asKey("production full_access"), to: .seeKeys)
    let owner = Actor.user(try #require(story.ledger.founding.owner?.id))
    #expect(reading.shapes.name(of: owner) == nil)
    #expect(try Shapes(queries, at: queries.moment()).name(of: owner) == "ada@example.com")
    #expect(
      code { _ = try CallerReading(queries, by: asKey("production full_access"), to: .seeKeys, at: .event(3)) }
        == .forbidden)
  }

  @Test("whoever lacks the right, has ended or is not known is refused")
  func refuses() throws {
    for (name, action) in [
      ("billing 2", Action.seeKeys), ("leaked", .seeKeys), ("production full_access", .seeLedger),
      ("production publishable", .verify),
    ] {
      #expect(code { _ = try CallerReading(queries, by: asKey(name), to: action) } == .forbidden, "\(name)")
    }
    let stranger = KeyID(time: Instant(milliseconds: 1), randomness: 1)
    #expect(
      code { _ = try CallerReading(queries, by: .key(#require(Slug("production")), stranger), to: .seeKeys) }
        == .forbidden)
    let owner = try #require(story.ledger.founding.owner?.id)
    let wrong = Credential.user(owner, token: Hash256(words: (1, 2, 3, 4)))
    #expect(code { _ = try CallerReading(queries, by: wrong, to: .seeLedger) } == .forbidden)
  }

  @Test("a page of the key table is sorted, counted over every status, and cut")
  func pages() throws {
    let reading = try CallerReading(queries, by: .operator(ReadingLedger.you), to: .seeKeys)
    let filter = KeyFilter(environment: "production")
    let all = try reading.page(KeyListing(filter), offset: 0, limit: 1_000)
    #expect(all.counts.values.reduce(0, +) == all.keys.count && !all.hasMore)
    let names = try reading.page(KeyListing(filter, order: .name), offset: 0, limit: 1_000).keys.map(\.name)
    #expect(names == names.sorted { $0.lowercased() < $1.lowercased() })
    let oldest = try reading.page(KeyListing(filter, order: .oldest), offset: 0, limit: 1_000).keys
    #expect(oldest == all.keys.reversed())
    let ends = try reading.page(KeyListing(filter, order: .expiry), offset: 0, limit: 1_000).keys.map {
      $0.expiresAt?.milliseconds ?? .max
    }
    #expect(ends == ends.sorted())
    let page = try reading.page(KeyListing(filter), offset: 1, limit: 2)
    #expect(page.keys == Array(all.keys[1...2]) && page.hasMore)
    var expired = KeyListing(filter)
    expired.filter.status = .expired
    let ended = try reading.page(expired, offset: 0, limit: 1_000)
    #expect(ended.counts == all.counts && ended.keys.count == all.counts[.expired])
    let found = try reading.page(KeyListing(filter, text: "BILLING"), offset: 0, limit: 10).keys
    #expect(!found.isEmpty && found.allSatisfy { $0.name.contains("Billing") })
    let print = SecretForm.fingerprint(try story.secret("leaked").withBytes { $0 })
    #expect(
      try reading.page(KeyListing(filter, fingerprint: print), offset: 0, limit: 10).keys.map(\.id)
        == [story.keys["leaked"]])
  }

  @Test("records go on where the page before ended, also where nothing is wanted")
  func records() throws {
    let now = try queries.moment()
    var (sequences, filter) = ([UInt64](), EventFilter(limit: 3, type: "key.created"))
    while filter.after < now.sequence {
      let page = try queries.records(filter, at: now)
      sequences += page.records.map(\.sequence)
      #expect(page.records.allSatisfy { $0.type == "key.created" } && page.end > filter.after)
      filter.after = page.end
    }
    let whole = try queries.records(EventFilter(type: "key.created"), at: now).records.map(\.sequence)
    #expect(sequences == whole && whole.count > 3)
  }

  @Test("records are looked for in no more events than was said, of a key in all of its own")
  func boundedRecords() throws {
    let now = try queries.moment()
    let rare = EventFilter(type: "ledger.created")
    let wanted = try queries.records(EventFilter(type: "key.created"), at: now).records.map(\.sequence)
    #expect(try queries.records(rare, at: now, lookingAt: 3).records.map(\.sequence) == [1])
    for most in 1...4 as ClosedRange<UInt64> {
      var (filter, found) = (EventFilter(type: "key.created"), [UInt64]())
      while filter.after < now.sequence {
        let page = try queries.records(filter, at: now, lookingAt: most)
        #expect(page.end == min(filter.after + most, now.sequence))
        found += page.records.map(\.sequence)
        filter.after = page.end
      }
      #expect(found == wanted, "\(most)")
    }
    let key = EventFilter(key: try #require(story.keys["leaked"]).description)
    let stream = try queries.records(key, at: now).records.map(\.sequence)
    #expect(try queries.records(key, at: now, lookingAt: 1).records.map(\.sequence) == stream && stream.count > 1)
    let beyond = EventFilter(after: .max, type: "key.created")
    #expect(try queries.records(beyond, at: now, lookingAt: 3).end == .max)
  }
}

@Suite("A desk for questions")
struct QuestionDeskTests {
  private let story: ReadingStory

  init() throws { story = try ReadingStory() }

  @Test("answers all that it took before it closes, and takes no more")
  func answersAll() throws {
    let desk = try QuestionDesk(story.ledger.directory, clock: story.ledger.clock, threads: 2, limit: 200)
    let answered = Mutex(0)
    for _ in 0..<100 {
      #expect(
        desk.ask { queries in
          if case .success(let queries) = queries, (try? queries.moment()) != nil { answered.withLock { $0 += 1 } }
        })
    }
    desk.close()
    #expect(answered.withLock { $0 } == 100)
    #expect(!desk.ask { _ in })
  }

  @Test("refuses what its queue has no room for")
  func refuses() throws {
    let desk = try QuestionDesk(story.ledger.directory, clock: story.ledger.clock, threads: 1, limit: 2)
    let (begun, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    #expect(
      desk.ask { _ in
        begun.signal()
        gate.wait()
      })
    begun.wait()
    #expect(desk.ask { _ in } && desk.ask { _ in })
    #expect(!desk.ask { _ in })
    #expect(desk.waiting == 2)
    gate.signal()
    desk.close()
  }

  @Test("opens the ledger again when it could not be opened")
  func opensAgain() throws {
    let path = story.ledger.directory.ledger
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    let desk = try QuestionDesk(story.ledger.directory, clock: story.ledger.clock, threads: 1)
    let results = Mutex<[Bool]>([])
    let done = DispatchSemaphore(value: 0)
    func ask() {
      _ = desk.ask { queries in
        results.withLock { $0.append((try? queries.get()) != nil) }
        done.signal()
      }
      done.wait()
    }
    ask()
    try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
    ask()
    desk.close()
    #expect(results.withLock { $0 } == [false, true])
  }
}

@Suite("A gatekeeper's turn")
struct GatekeeperTurnTests {
  private let story: ReadingStory
  private let gate: Gatekeeper

  init() throws {
    story = try ReadingStory()
    gate = try Gatekeeper(story.ledger.directory, clock: story.ledger.clock)
  }

  private func outcome(_ secret: [UInt8]) throws -> VerificationOutcome {
    try gate.judge(secret.span, permission: nil, environment: nil, customer: (nil, nil)).outcome
  }

  private func user(_ token: [UInt8]) throws -> UserID? { try gate.user(showing: token.span)?.id }

  @Test("answers nothing before it has looked, and what it saw until it looks again")
  func looksOnce() throws {
    let secret = try story.secret("billing 2").withBytes { $0 }
    #expect(throws: Refusal.self) { try outcome(secret) }
    gate.beginTurn()
    #expect(try outcome(secret) == .valid)
    try story.ledger.run(.revokeKey(key: #require(story.keys["billing 2"]).description))
    #expect(try outcome(secret) == .valid)
    gate.beginTurn()
    #expect(try outcome(secret) == .revoked)
  }

  @Test("refuses everything when its look fails, and goes on when it succeeds again")
  func failsClosed() throws {
    let secret = try story.secret("billing 2").withBytes { $0 }
    gate.beginTurn()
    let path = story.ledger.directory.ledger
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    gate.beginTurn()
    #expect(throws: Refusal.self) { try outcome(secret) }
    #expect(throws: Refusal.self) { try user(Array("user-x".utf8)) }
    #expect(throws: Refusal.self) { try gate.now() }
    try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
    gate.beginTurn()
    #expect(try outcome(secret) == .valid)
  }

  @Test("knows users by the token that is good now, and whether another handed it over")
  func knowsUsers() throws {
    let owner = try #require(story.ledger.founding.owner)
    let token = owner.token.withBytes { $0 }
    gate.beginTurn()
    #expect(try user(token) == owner.id)
    #expect(try user(Array("user-nobody".utf8)) == nil)
    #expect(try !gate.mustRenew(owner.id))
    let asOwner = Credential.user(owner.id, token: SecretForm.fingerprint(token))
    let added = try story.ledger.run(.addUser(handle: "eve@example.com", role: .member), by: asOwner)
    guard case .user(let eve) = added.answer, let handed = added.secret?.withBytes({ $0 }) else {
      throw ReadingLedger.Nothing()
    }
    gate.beginTurn()
    #expect(try user(handed) == eve.id)
    #expect(try gate.mustRenew(eve.id))
    try story.ledger.run(.endToken(user: eve.id.description))
    gate.beginTurn()
    #expect(try user(handed) == nil)
    #expect(try !gate.isCurrent(eve.id, token: SecretForm.fingerprint(handed)))
  }
}
