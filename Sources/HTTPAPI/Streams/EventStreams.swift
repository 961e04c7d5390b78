import HTTPServer
import KeyLedger
import LedgerService
import Synchronization

/// Sends the log to those who follow it, all from one thread with queries of its own. A page at a time, so that no picture
/// of the log lives while a slow client reads, and each page only after the caller was judged again.
final class EventStreams: Sendable {
  private struct Waiting {
    var newcomers: [Follower] = []
    var isStopping = false
  }

  private let waiting = Mutex(Waiting())
  private let following = Atomic<Int>(0)
  private let thread: SideThread

  /// Streams at once; beyond, 503.
  static let maximum = 64
  /// Between two looks for new events. Milliseconds.
  private static let pollInterval = 20

  init(_ directory: LedgerDirectory, clock: any Clock) throws(Refusal) {
    thread = try SideThread()
    try thread.start { [self] in live(directory, clock) }
  }

  /// Streams that are open.
  var count: Int { following.load(ordering: .relaxed) }

  /// Begins a stream, or answers why not. The caller is judged on the streams' thread, before the first byte.
  func open(_ subscription: Subscription, _ journey: Journey, _ exchange: HTTPExchange) {
    let isTaken = waiting.withLock { waiting in
      guard !waiting.isStopping, count < EventStreams.maximum else { return false }
      following.wrappingAdd(1, ordering: .relaxed)
      waiting.newcomers.append(Follower(subscription, journey, exchange) { [thread] in thread.wake() })
      return true
    }
    isTaken ? thread.wake() : journey.end(Problem.tooManyStreams, exchange)
  }

  /// Ends all streams, then returns.
  func close() {
    waiting.withLock { $0.isStopping = true }
    thread.wake()
    thread.waitForEnd()
  }

  /// The life of the thread.
  private func live(_ directory: LedgerDirectory, _ clock: any Clock) {
    var followers: [Follower] = []
    var log = FollowedLog(directory, clock)
    var isBusy = false
    while true {
      if followers.isEmpty { thread.wait() } else if !isBusy { thread.wait(milliseconds: EventStreams.pollInterval) }
      let (newcomers, isStopping) = waiting.withLock { waiting in
        defer { waiting.newcomers = [] }
        return (waiting.newcomers, waiting.isStopping)
      }
      followers += newcomers
      let before = followers.count
      log.look()
      isBusy = false
      followers.removeAll { follower in
        let progress = isStopping ? .over : follower.advance(log)
        isBusy = isBusy || progress == .more
        if progress == .over { follower.finish() }
        return progress == .over
      }
      following.wrappingSubtract(before - followers.count, ordering: .relaxed)
      if isStopping { break }
    }
  }
}

/// The log as the streams' thread sees it, opened when it is first needed and again when it could not be.
struct FollowedLog {
  private let directory: LedgerDirectory
  private let clock: any Clock
  private(set) var queries = Result<Queries, Refusal>.failure(
    Refusal(.busy, "The log was not looked at yet; try again."))
  private var counter: Int64?
  /// Whether anything may have been appended since the look before.
  private(set) var hasMoved = true

  init(_ directory: LedgerDirectory, _ clock: any Clock) { (self.directory, self.clock) = (directory, clock) }

  var now: Instant { clock.now() }

  mutating func look() {
    do throws(Refusal) {
      let opened = if case .success(let queries) = queries { queries } else { try Queries(directory, clock: clock) }
      queries = .success(opened)
      let seen = try opened.changes()
      hasMoved = seen != counter
      counter = seen
    } catch {
      queries = .failure(error)
      (counter, hasMoved) = (nil, true)
    }
  }
}
