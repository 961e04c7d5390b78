import EventLog
import Foundation
import KeyLedger
import Synchronization
import Testing
import Transparency

@testable import LedgerService

/// Many callers, one thread, few commits; and everybody hears the truth.
@Suite struct GroupCommitTests {
  @Test func `Sixty-four callers are served by fewer commits than commands`() throws {
    let ledger = try TestLedger()
    let service = try LedgerService(ledger.directory, clock: ledger.clock)
    try _ = service.submit(.ask(.provisionEnvironment("production")))
    let (callers, each) = (64, 20)
    let failures = Counter()
    let sequences = Counter()
    let commits = try CommitCounter(ledger.directory.ledger)
    onThreads(callers) { caller in
      for index in 0..<each {
        let create = Command.createKey(
          environment: "production", name: "key \(caller)-\(index)", description: "", scope: ["read_only"])
        do throws(Refusal) {
          let outcome = try service.submit(.ask(create))
          for event in outcome.events { sequences.add("\(event.event.sequence)") }
        } catch {
          failures.add("\(error)")
        }
      }
    }
    let count = try commits.count()
    service.close()
    #expect(failures.all == [])
    let total = callers * each
    #expect(Set(sequences.all.compactMap { UInt64($0) }) == Set(6..<UInt64(6 + total)))
    let events = try ledger.events()
    #expect(events.map(\.sequence) == Array(1...UInt64(5 + total)))
    #expect(count > 0 && count < total / 2, "\(count) commits")
  }

  @Test func `Whoever comes while a batch is done is served by its commit, each as if there were nobody else`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    var coming: [[Request]] = [
      [.ask(.provisionEnvironment("No slug")), .ask(.provisionEnvironment("second"))],
      [.ask(.createKey(environment: "second", name: "worker", description: "", scope: ["read_only"]))],
    ]
    let commits = try CommitCounter(ledger.directory.ledger)
    let results = writer.run([.ask(.provisionEnvironment("first"))]) { _ in coming.isEmpty ? [] : coming.removeFirst() }
    #expect(try commits.count() == 1)
    #expect(results.map(code) == [nil, .badSlug, nil, nil])
    #expect(try ledger.size() == 2 + 3 + 3 + 1)
    let last = try results[3].get()
    #expect(last.asOf.sequence == 9 && last.events.map(\.event.sequence) == [9])
  }

  @Test func `A latecomer with an idempotency key waits for a writer that knows those of before`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    var fits: [Bool] = []
    func ask(_ name: String, key: String?) {
      _ = writer.run([.ask(.provisionEnvironment(name), key: key)]) { fit in
        fits.append(fit([.ask(.provisionEnvironment("late"))]))
        fits.append(fit([.ask(.provisionEnvironment("late")), .ask(.provisionEnvironment("later"), key: "later")]))
        return []
      }
    }
    ask("first", key: nil)
    ask("second", key: "second")
    #expect(fits == [true, false, true, true])
  }

  @Test func `Latecomers are taken in their order, no more than a batch holds, and past nobody`() throws {
    var queue = WriterQueue()
    func come(_ count: Int) {
      for _ in 0..<count { queue.join(.ask(.provisionEnvironment("production"))) { _ in } }
    }
    func taken(after size: Int, fitting: Bool = true) -> Int? {
      queue.takeLatecomers(after: size) { _ in fitting }?.count
    }
    come(1)
    guard case .batch(let first) = queue.take() else { throw Refusal(.notFound, "no batch") }
    #expect(first.count == 1)
    #expect(taken(after: 1) == nil)
    come(3)
    #expect(taken(after: Writer.maximumBatch - 2) == nil)
    #expect(taken(after: 1, fitting: false) == nil)
    #expect(queue.waiting == 3)
    #expect(taken(after: 1) == 3)
    #expect(queue.waiting == 0)
    come(2)
    queue.add(.exclusive { _ in })
    come(1)
    #expect(taken(after: 1) == nil)
    #expect(queue.waiting == 4)
  }

  @Test func `The writer is woken by the first alone who brings something while it sleeps`() {
    var queue = WriterQueue()
    var seen = [queue.wakes(), queue.keepsAwake()]
    queue.join(.ask(.provisionEnvironment("production"))) { _ in }
    seen += [queue.wakes(), queue.wakes(), queue.keepsAwake()]
    queue.join(.ask(.provisionEnvironment("staging"))) { _ in }
    seen.append(queue.wakes())
    _ = queue.take()
    seen.append(queue.keepsAwake())
    queue.join(.ask(.provisionEnvironment("testing"))) { _ in }
    seen.append(queue.wakes())
    #expect(seen == [false, false, true, false, true, false, false, true])
  }

  @Test func `A command that finds nobody before it is done on the thread that asks, if that waits for it`() throws {
    let ledger = try TestLedger()
    let clock = WatchedClock(ledger.clock)
    let service = try LedgerService(ledger.directory, clock: clock)
    defer { service.close() }
    _ = clock.threadsSeen()
    _ = try service.submit(.ask(.provisionEnvironment("production")))
    #expect(clock.threadsSeen() == [pthread_self()])
    let answered = DispatchSemaphore(value: 0)
    service.submit(.ask(.provisionEnvironment("staging"))) { _ in answered.signal() }
    answered.wait()
    let threads = clock.threadsSeen()
    #expect(threads.count == 1 && !threads.contains(pthread_self()))
  }

  @Test func `The rollback guard is kept of what was done on the thread that asks, while the service lives`() throws {
    let ledger = try TestLedger()
    let service = try LedgerService(ledger.directory, clock: ledger.clock)
    defer { service.close() }
    let rollback = ledger.directory.rollbackGuard(of: try ledger.log().ledger)
    for name in ["production", "staging"] {
      let size = try service.submit(.ask(.provisionEnvironment(name))).asOf.sequence
      func isKept() -> Bool {
        guard case .checkpoint(let kept) = rollback.kept() else { return false }
        return kept.size == size
      }
      for _ in 0..<6_000 where !isKept() { usleep(10_000) }
      #expect(isKept())
    }
  }

  @Test func `What was accepted before closing is answered, what comes after is refused`() throws {
    let ledger = try TestLedger()
    let service = try LedgerService(ledger.directory, clock: ledger.clock)
    let answers = Counter()
    for index in 0..<500 {
      service.submit(.ask(.provisionEnvironment("env-\(index)"))) { answers.add(code($0)?.rawValue ?? "done") }
    }
    service.close()
    #expect(answers.all == Array(repeating: "done", count: 500))
    #expect(try ledger.size() == 2 + 3 * 500)
    service.submit(.ask(.provisionEnvironment("late"))) { answers.add(code($0)?.rawValue ?? "done") }
    #expect(answers.all.last == "busy")
    #expect(throws: Refusal.self) { try service.sweepVault() }
    service.close()
  }

  @Test func `Whoever has closed finds no file open any more, however many close at once`() throws {
    for _ in 0..<10 {
      let ledger = try TestLedger()
      let service = try LedgerService(ledger.directory, clock: ledger.clock)
      for index in 0..<20 { service.submit(.ask(.provisionEnvironment("env-\(index)"))) { _ in } }
      let left = Counter()
      onThreads(4) { _ in
        service.close()
        // The last connection to close takes its WAL with it.
        for name in ["/ledger.sqlite-wal", "/vault.sqlite-wal"]
        where FileManager.default.fileExists(atPath: ledger.directory.path + name) { left.add(name) }
      }
      #expect(left.all == [])
    }
  }

  @Test func `A service that is let go closes its files too`() throws {
    let ledger = try TestLedger()
    do {
      let service = try LedgerService(ledger.directory, clock: ledger.clock)
      _ = try service.submit(.ask(.provisionEnvironment("production")))
    }
    let wal = ledger.directory.path + "/ledger.sqlite-wal"
    for _ in 0..<500 where FileManager.default.fileExists(atPath: wal) { usleep(10_000) }
    #expect(!FileManager.default.fileExists(atPath: wal))
  }

  @Test func `A bell that rang more often than a pipe holds does not hold up who rings`() throws {
    let bell = try #require(Bell())
    for _ in 0..<200_000 { bell.ring() }
    bell.wait()
  }

  @Test func `When the ledger is busy, all who wait hear it together`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let requests = (0..<8).map { Request.ask(.provisionEnvironment("env-\($0)")) }
    let holder = try SQLiteLog(path: ledger.directory.ledger, mode: .readWrite)
    // The wait for the write lock is 30 s; eight of them one after the other would be four minutes.
    let start = ContinuousClock.now
    let results = try holder.write { _ in writer.run(requests) }
    #expect(results.map(code) == requests.map { _ in .busy })
    #expect(ContinuousClock.now - start < .seconds(70))
    #expect(writer.run(requests).map(code) == requests.map { _ in nil })
  }
}

/// A clock that knows on which threads it is asked.
private final class WatchedClock: Clock {
  private let clock: any Clock
  private let threads = Mutex<Set<pthread_t>>([])

  init(_ clock: any Clock) { self.clock = clock }

  func now() -> Instant {
    threads.withLock { _ = $0.insert(pthread_self()) }
    return clock.now()
  }

  /// Since it was last asked.
  func threadsSeen() -> Set<pthread_t> {
    threads.withLock { threads in
      let seen = threads
      threads = []
      return seen
    }
  }
}

/// Counts the commits to a database while it lives: its read transaction keeps the WAL from being begun anew, so that
/// every commit's last frame stays there.
private final class CommitCounter {
  private let wal: String
  private let stop = Counter()
  private let before: Int

  init(_ path: String) throws {
    wal = path + "-wal"
    let stop = stop
    let isReading = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      try? SQLiteLog(path: path, mode: .readOnly).read { log in
        _ = try log.head()
        isReading.signal()
        while stop.all.isEmpty { usleep(1_000) }
      }
    }
    isReading.wait()
    before = try CommitCounter.commits(wal)
  }

  func count() throws -> Int {
    defer { stop.add("stop") }
    return try CommitCounter.commits(wal) - before
  }

  /// Frames that end a transaction: SQLite file format, §4.1.
  private static func commits(_ path: String) throws -> Int {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    guard bytes.count >= 32 else { return 0 }
    func word(_ offset: Int) -> UInt32 { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    let (page, salts) = (Int(word(8)), bytes[16..<24])
    return stride(from: 32, to: bytes.count - 24, by: page + 24).count {
      word($0 + 4) != 0 && bytes[$0 + 8..<$0 + 16].elementsEqual(salts)
    }
  }
}
