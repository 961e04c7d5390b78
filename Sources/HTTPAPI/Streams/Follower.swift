import HTTPServer
import KeyLedger
import LedgerService
import Synchronization

/// What a stream of events is asked for.
struct Subscription: Sendable {
  var filter: EventFilter
  let credential: Credential
  /// What a session's cookie began ends with the session.
  let goesOn: @Sendable (Instant) -> Bool
  let point: Point?
  /// As Server-Sent Events that go on; else as NDJSON up to the head.
  let isLive: Bool
  /// Only how an answer would begin: what has no content must not wait for news to fill it.
  let isHead: Bool
}

/// One client that follows the log. Lives on the streams' thread.
final class Follower: Sendable {
  enum Progress {
    /// There is more to send at once.
    case more
    /// Nothing to do before something happens.
    case idle
    case over
  }

  private struct State {
    var subscription: Subscription
    var exchange: HTTPExchange?
    var stream: HTTPStream?
    /// What found no room yet.
    var pending: [UInt8] = []
    /// Nothing comes after what is pending.
    var isComplete = false
    /// Everything up to the head was looked at.
    var isAtHead = false
    var remaining: Int
    var lastSent = Instant(milliseconds: 0)
  }

  private let journey: Journey
  private let wake: @Sendable () -> Void
  private let state: Mutex<State>
  /// The client has gone, or the server is stopping.
  private let gone = Flag()

  /// Records of one page.
  private static let pageRecords = 500
  /// Events looked at for one page, wanted or not, because all streams wait for it.
  private static let pageEvents: UInt64 = 5_000
  /// Bytes that may wait for one client.
  private static let bound = 65_536
  /// A live stream without news is kept open by a comment so often. Milliseconds.
  private static let heartbeat: Int64 = 15_000

  /// - Parameter wake: called when there is room again.
  init(
    _ subscription: Subscription, _ journey: Journey, _ exchange: HTTPExchange, wake: @escaping @Sendable () -> Void
  ) {
    (self.journey, self.wake) = (journey, wake)
    state = Mutex(
      State(subscription: subscription, exchange: exchange, remaining: subscription.filter.limit ?? .max))
  }

  /// Sends a page, if there is one and room for it.
  func advance(_ log: FollowedLog) -> Progress {
    if gone.isSet { return .over }
    return state.withLock { state in
      guard state.subscription.goesOn(log.now) else {
        refuse(&state, .unauthenticated)
        return .over
      }
      do throws(Refusal) {
        return try step(&state, log)
      } catch {
        refuse(&state, Problem(error))
        return .over
      }
    }
  }

  func finish() { state.withLock { $0.stream?.end() } }

  /// Tells why, if nothing was sent yet; else the stream just ends.
  private func refuse(_ state: inout State, _ problem: Problem) {
    guard let exchange = state.exchange else { return }
    state.exchange = nil
    journey.end(problem, exchange)
  }

  private func step(_ state: inout State, _ log: FollowedLog) throws(Refusal) -> Progress {
    if !state.pending.isEmpty { return send(&state, log.now) }
    if state.isComplete { return .over }
    if state.isAtHead, !log.hasMoved { return beat(&state, log.now) }
    let reading = try CallerReading(
      try log.queries.get(), by: state.subscription.credential, to: .seeLedger, at: state.subscription.point)
    if state.exchange != nil { begin(&state, log.now) }
    if state.subscription.isHead { return .over }
    try page(&state, reading)
    if state.pending.isEmpty { return state.isComplete ? .over : state.isAtHead ? .idle : .more }
    return send(&state, log.now)
  }

  private func beat(_ state: inout State, _ now: Instant) -> Progress {
    guard now.milliseconds - state.lastSent.milliseconds >= Follower.heartbeat else { return .idle }
    state.pending = Array(": still here\n\n".utf8)
    return send(&state, now)
  }

  private func begin(_ state: inout State, _ now: Instant) {
    guard let exchange = state.exchange else { return }
    state.exchange = nil
    state.lastSent = now
    journey.note(.ok)
    let type = state.subscription.isLive ? "text/event-stream" : "application/x-ndjson"
    let fields = Answer(status: .ok, body: .stream(type)).fields(requestID: journey.id)
    state.stream = exchange.stream(.ok, fields, bound: Follower.bound) { [gone, wake] event in
      switch event {
      case .gone, .stopping: gone.set()
      case .room: wake()
      }
    }
  }

  private func page(_ state: inout State, _ reading: CallerReading) throws(Refusal) {
    var filter = state.subscription.filter
    filter.limit = min(state.remaining, Follower.pageRecords)
    let page = try reading.queries.records(filter, at: reading.moment, lookingAt: Follower.pageEvents)
    var taken = 0
    // What is beyond the bound is read again when there is room for it.
    for record in page.records where state.pending.count < Follower.bound {
      state.subscription.filter.after = record.sequence
      taken += 1
      if state.subscription.isLive {
        state.pending += Array("id: \(record.sequence)\nevent: \(record.type)\ndata: ".utf8)
        state.pending += record.bytes + Array("\n\n".utf8)
      } else {
        state.pending += record.bytes + [UInt8(ascii: "\n")]
      }
    }
    let isWhole = taken == page.records.count
    if isWhole { state.subscription.filter.after = page.end }
    state.remaining -= taken
    state.isAtHead = isWhole && page.end >= reading.moment.sequence
    state.isComplete = state.remaining == 0 || (state.isAtHead && !state.subscription.isLive)
  }

  private func send(_ state: inout State, _ now: Instant) -> Progress {
    switch state.stream?.write(state.pending) {
    case .taken:
      state.pending = []
      state.lastSent = now
      return state.isComplete ? .over : state.isAtHead ? .idle : .more
    case .full: return .idle
    case .gone, nil: return .over
    }
  }
}

/// Something that happens once.
private final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  func set() { value.store(true, ordering: .relaxed) }
  var isSet: Bool { value.load(ordering: .relaxed) }
}
