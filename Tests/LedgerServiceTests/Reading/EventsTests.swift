import Cryptography
import EventLog
import Foundation
import KeyLedger
import LedgerService
import Synchronization
import Testing

@Suite("The log, read in order")
struct EventsTests {
  private let story: ReadingStory
  private let queries: Queries
  private let all: [(event: Event, record: [UInt8])]

  init() throws {
    story = try ReadingStory()
    queries = try story.ledger.queries()
    all = try EventsTests.read(EventFilter(), queries)
  }

  private static func read(_ filter: EventFilter, _ queries: Queries) throws -> [(event: Event, record: [UInt8])] {
    var found: [(event: Event, record: [UInt8])] = []
    try queries.events(filter, at: queries.moment()) { event, record in
      found.append((event, (0..<record.count).map { record[$0] }))
      return true
    }
    return found
  }

  private func numbers(_ filter: EventFilter) throws -> [UInt64] {
    try EventsTests.read(filter, queries).map(\.event.sequence)
  }

  private func numbers(_ isWanted: (Event) -> Bool) -> [UInt64] { all.map(\.event).filter(isWanted).map(\.sequence) }

  @Test("is every event once, with its place in its stream and its exact bytes")
  func everyEvent() throws {
    let log = try SQLiteLog(path: story.ledger.directory.ledger, mode: .readOnly)
    let size = try log.read { try $0.head().size }
    #expect(all.map(\.event.sequence) == Array(1...size))
    for (event, record) in all {
      #expect(try log.read { try $0.event(event.sequence) } == event)
      #expect(RecordCodec.encode(event, ledger: queries.ledgerID) == record)
    }
  }

  @Test("is filtered by environment: its own stream and those of its keys")
  func byEnvironment() throws {
    let expected = numbers { event in
      switch event.stream {
      case .environment(let id), .key(let id, _): id.text == "staging"
      default: false
      }
    }
    #expect(expected.count > 5)
    #expect(try numbers(EventFilter(environment: "staging")) == expected)
    #expect(refusal { _ = try numbers(EventFilter(environment: "nowhere")) } == .notFound)
  }

  @Test("is filtered by key: its own stream alone")
  func byKey() throws {
    let key = try story.key("billing")
    let expected = numbers { $0.stream.description == "environments/production/keys/" + key }
    #expect(expected.count == 6)
    #expect(try numbers(EventFilter(key: key)) == expected)
    #expect(try numbers(EventFilter(after: expected[1], limit: 2, key: key)) == Array(expected[2...3]))
    #expect(try numbers(EventFilter(environment: "staging", key: key)) == [])
    #expect(refusal { _ = try numbers(EventFilter(key: "key_01J00000000000000000000000")) } == .notFound)
    #expect(refusal { _ = try numbers(EventFilter(key: "billing")) } == .notFound)
  }

  @Test("is filtered by type, exactly")
  func byType() throws {
    #expect(try numbers(EventFilter(type: "key.rotated")) == numbers { RecordCodec.type(of: $0.data) == "key.rotated" })
    for wrong in ["key", "key.*", "Key.Rotated", ""] {
      #expect(refusal { _ = try numbers(EventFilter(type: wrong)) } == .badUsage)
    }
  }

  @Test("is filtered by actor: a user by handle, id or as the record says it")
  func byActor() throws {
    let ben = try #require(story.users["ben@example.com"])
    let token = try story.ledger.run(.renewToken(user: ben.description)).secret
    let fingerprint = try #require(token).withBytes { SecretForm.fingerprint($0) }
    try story.ledger.run(.changePlan(.scale), by: .user(ben, token: fingerprint))
    let head = try queries.moment().sequence
    for text in ["ben@example.com", ben.description, "user:\(ben)", "user:ben@example.com"] {
      #expect(try numbers(EventFilter(actor: text)) == [head], "\(text)")
    }
    #expect(try numbers(EventFilter(actor: "system")) == numbers { $0.actor == .system })
    #expect(try numbers(EventFilter(actor: "operator:ops")).count > 20)
    #expect(try numbers(EventFilter(actor: "operator:nobody")) == [])
    #expect(try numbers(EventFilter(actor: story.key("billing"))) == [])
    #expect(refusal { _ = try numbers(EventFilter(actor: "nobody")) } == .notFound)
  }

  @Test("is filtered by time: since inclusive, until exclusive")
  func byTime() throws {
    let (first, last) = (all[6].event.time, all[20].event.time)
    let expected = numbers { $0.time >= first && $0.time < last }
    #expect(try numbers(EventFilter(since: first, until: last)) == expected)
    #expect(try numbers(EventFilter(since: first.advanced(by: 1), until: last)) != expected)
    #expect(try numbers(EventFilter(since: first, until: last.advanced(by: 1))) != expected)
    #expect(try numbers(EventFilter(until: all[0].event.time)) == [])
    #expect(try numbers(EventFilter(since: story.ledger.clock.now().advanced(by: 1))) == [])
  }

  @Test("goes on after a number, and stops at a limit or where the caller has enough")
  func bounded() throws {
    #expect(try numbers(EventFilter(after: 5, limit: 3)) == [6, 7, 8])
    #expect(try numbers(EventFilter(limit: 0)) == [])
    #expect(try numbers(EventFilter(after: 100_000)) == [])
    #expect(
      try numbers(EventFilter(limit: 2, type: "key.created"))
        == numbers { $0.stream.isOfKey && $0.version == 1 }.prefix(2).map { $0 })
    var seen = 0
    try queries.events(EventFilter(), at: queries.moment()) { _, _ in
      seen += 1
      return seen < 4
    }
    #expect(seen == 4)
    let early = try queries.moment(.event(4))
    seen = 0
    try queries.events(EventFilter(), at: early) { _, _ in
      seen += 1
      return true
    }
    #expect(seen == 4)
  }

  @Test("throws what the caller throws")
  func throwsOn() throws {
    struct Full: Error {}
    #expect(throws: Full.self) { try queries.events(EventFilter(), at: queries.moment()) { _, _ in throw Full() } }
  }

  @Test("runs over pages, and the caller may write to the ledger between two events")
  func pages() throws {
    let ledger = try ReadingLedger(owner: nil)
    defer { withExtendedLifetime(ledger) {} }
    let log = try SQLiteLog(path: ledger.directory.ledger, mode: .readWrite)
    let drafts = (0..<2_500).map { number in
      Draft(
        .ledger, .system,
        number.isMultiple(of: 2)
          ? .planChanged(before: .scale, after: .starter) : .planChanged(before: .starter, after: .scale))
    }
    _ = try log.write { try $0.append(drafts, at: ledger.clock.now(), marks: EventMarks(), expected: [:]) }
    let queries = try ledger.queries()
    var seen: [UInt64] = []
    try queries.events(EventFilter(), at: queries.moment()) { event, _ in
      if event.sequence.isMultiple(of: 1_000) {
        // With a reader's transaction still open this could not truncate the WAL; it need not wait for us.
        _ = try log.write { try $0.append([drafts[0]], at: ledger.clock.now(), marks: EventMarks(), expected: [:]) }
      }
      seen.append(event.sequence)
      return true
    }
    #expect(seen == Array(1...2_501))
    #expect(try EventsTests.read(EventFilter(type: "ledger.created"), queries).count == 1)
    #expect(
      try EventsTests.read(EventFilter(after: 999, limit: 1_002), queries).map(\.event.sequence) == Array(1_000...2_001)
    )
  }

  @Test("needs the log alone")
  func needsTheLogAlone() throws {
    let copy = FileManager.default.temporaryDirectory.appending(path: "keyledger-alone-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: copy) }
    for name in ["ledger.sqlite", "ledger.sqlite-wal"]
    where FileManager.default.fileExists(atPath: story.ledger.file(name)) {
      try FileManager.default.copyItem(atPath: story.ledger.file(name), toPath: copy.appending(path: name).path)
    }
    let alone = try Queries(LedgerDirectory(path: copy.path), clock: story.ledger.clock)
    let key = try story.key("billing")
    #expect(try EventsTests.read(EventFilter(environment: "production", key: key), alone).count == 6)
    #expect(!FileManager.default.fileExists(atPath: copy.appending(path: "views.sqlite").path))
  }
}

extension KeyLedger.Stream {
  fileprivate var isOfKey: Bool { if case .key = self { true } else { false } }
}

@Suite("The log, followed")
struct FollowTests {
  @Test("gives what is there and then each new event within 100 ms, until it is cancelled")
  func follows() throws {
    let ledger = try ReadingLedger()
    defer { withExtendedLifetime(ledger) {} }
    let seen = Mutex<[UInt64]>([])
    let isCancelled = Mutex(false)
    let ended = DispatchSemaphore(value: 0)
    let (directory, clock) = (ledger.directory, ledger.clock)
    Thread.detachNewThread {
      let queries = try? Queries(directory, clock: clock)
      func cancelled() -> Bool { isCancelled.withLock { $0 } }
      try? queries?.follow(EventFilter(after: 1), isCancelled: cancelled) { event, _ in
        seen.withLock { $0.append(event.sequence) }
        return true
      }
      ended.signal()
    }
    func wait(for expected: [UInt64]) -> Duration {
      let clock = ContinuousClock()
      return clock.measure {
        let deadline = clock.now.advanced(by: .seconds(10))
        while seen.withLock({ $0 }) != expected, clock.now < deadline { Thread.sleep(forTimeInterval: 0.001) }
      }
    }
    _ = wait(for: [2])
    var fastest = Duration.seconds(60)
    for next in 3...7 as ClosedRange<UInt64> {
      let (plan, credential) = (next.isMultiple(of: 2) ? Plan.scale : .starter, Credential?.none)
      try ledger.run(.changePlan(plan), by: credential)
      fastest = min(fastest, wait(for: Array(2...next)))
      #expect(seen.withLock { $0 } == Array(2...next))
    }
    // Of several, since other tests share the machine.
    #expect(fastest < .milliseconds(100))
    isCancelled.withLock { $0 = true }
    #expect(ended.wait(timeout: .now() + 10) == .success)
  }

  @Test("ends at its limit, where the caller has enough, and at its time")
  func ends() throws {
    let ledger = try ReadingLedger()
    defer { withExtendedLifetime(ledger) {} }
    try ledger.run(.provisionEnvironment("production"))
    let queries = try ledger.queries()
    func count(_ filter: EventFilter, enough: Int = .max) throws -> Int {
      var seen = 0
      func never() -> Bool { false }
      try queries.follow(filter, isCancelled: never) { _, _ in
        seen += 1
        return seen < enough
      }
      return seen
    }
    #expect(try count(EventFilter(limit: 3)) == 3)
    #expect(try count(EventFilter(), enough: 2) == 2)
    #expect(try count(EventFilter(until: ledger.clock.now())) == 2)
    #expect(try count(EventFilter(environment: "production", until: ledger.clock.now())) == 0)
  }
}
