import Formats
import KeyLedger
import SQLite
import Synchronization
import Testing

@testable import EventLog

@Suite("Following a log while it is verified")
struct FollowedLogTests {
  private let scratch: Scratch
  private static let size: UInt64 = 13_000

  init() throws { scratch = try Scratch() }

  /// Some stretches of events that threads share among them.
  private func long() throws {
    let log = try Sample.sqlite(in: scratch)
    for start in stride(from: 1, to: Int(FollowedLogTests.size), by: 1_000) {
      try log.append((start..<min(start + 1_000, Int(FollowedLogTests.size))).map { LongHistory.draft($0) })
    }
  }

  private func verify(_ listener: Listener, threads: Int) throws -> LogReport {
    try LedgerVerifier(path: scratch.path(), threads: threads).verify(following: listener) { done, _ in
      listener.progress(to: done)
    }
  }

  @Test("Each event is handed on once, in order and with its data, on any number of threads", arguments: [1, 2, 3])
  func everyEvent(threads: Int) throws {
    try long()
    let listener = try Listener(of: FollowedLogTests.size)
    let report = try verify(listener, threads: threads)
    let log = try SQLiteLog(path: scratch.path(), mode: .readOnly)
    var decoder = RecordDecoder(ledger: log.ledger)
    try log.read { reader in
      var place = 0
      try reader.forEachPage(after: 0, through: .max) { page in
        for index in 0..<page.count {
          let event = try decoder.event(index, of: page)
          let data = [UInt8](copying: page.record(index).extracting(decoder.data))
          try #require(listener.heard[place].event == event && listener.heard[place].data == data)
          place += 1
        }
        return true
      }
      #expect(place == listener.heard.count && listener.failure == nil)
      #expect(try report.followedRoot == reader.root(at: FollowedLogTests.size))
    }
  }

  @Test("Who is slower than the others holds them up, and loses nothing")
  func slow() throws {
    try long()
    // Three stretches are done when no more may wait.
    let listener = try Listener(of: FollowedLogTests.size, waitingFor: 3 * EventBlock.width)
    #expect(try verify(listener, threads: 2).isWhole)
    #expect(listener.heard.map(\.event.sequence) == Array(1...FollowedLogTests.size))
  }

  @Test("As much is followed as is wanted, and its root is that of the events up to there", arguments: [0, 1, 5_000])
  func part(size: UInt64) throws {
    try long()
    let listener = try Listener(of: size)
    let report = try verify(listener, threads: 2)
    #expect(listener.heard.count >= Int(size) && listener.heard.count < Int(size + EventBlock.width))
    #expect(try report.followedRoot == SQLiteLog(path: scratch.path(), mode: .readOnly).read { try $0.root(at: size) })
  }

  @Test(
    "Nothing is handed on from the first event that can't be read",
    arguments: [
      ("events_no_update", "UPDATE events SET record = x'7b7d' WHERE sequence = 5000"),
      (
        "events_no_update",
        "UPDATE events SET record = (SELECT record FROM events WHERE sequence = 5001) WHERE sequence = 5000"
      ),
      ("events_no_delete", "DELETE FROM events WHERE sequence = 5000"),
    ])
  func unreadable(trigger: String, sql: String) throws {
    try long()
    let connection = try Connection(path: scratch.path(), mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    try connection.execute(Tampering.with(trigger, sql))
    connection.close()
    let listener = try Listener(of: FollowedLogTests.size)
    #expect(try !verify(listener, threads: 2).isWhole)
    #expect(listener.heard.map(\.event.sequence) == Array(1...4_999))
    guard case .unreadable(5_000, _) = listener.failure else {
      Issue.record("\(String(describing: listener.failure))")
      return
    }
  }
}

/// Keeps what it was handed.
private final class Listener: EventFollower {
  struct Heard: Sendable {
    let event: Event
    let data: [UInt8]
  }

  private struct State {
    var heard: [Heard] = []
    var failure: LogError?
    var done: UInt64 = 0
  }

  let size: UInt64
  private let waitingFor: UInt64
  private let state = Mutex(State())
  private let progressed: Bell

  /// - Parameter waitingFor: events that are to be verified before it goes on.
  init(of size: UInt64, waitingFor: UInt64 = 0) throws {
    self.size = size
    self.waitingFor = waitingFor
    progressed = try #require(Bell())
  }

  var heard: [Heard] { state.withLock(\.heard) }
  var failure: LogError? { state.withLock(\.failure) }

  func progress(to done: UInt64) {
    state.withLock { $0.done = max($0.done, done) }
    progressed.ring()
  }

  func follow(_ events: FollowedEvents) {
    while state.withLock({ $0.done < waitingFor }) { progressed.wait(milliseconds: 60_000) }
    state.withLock { state in
      for index in events.events.indices {
        state.heard.append(Heard(event: events.events[index], data: [UInt8](copying: events.data(index))))
      }
      state.failure = events.failure
    }
  }
}
