import Synchronization

@testable import HTTPServer

/// A connection without a socket and with a clock that stands still until it is moved: what the loop does, in the
/// loop's order, with bytes from memory.
final class Wire {
  let desk = TestApplication.Desk()
  private let application: TestApplication
  private let context: LoopContext
  private let connection: Connection
  private let time: Time
  private var pool: MemoryPool
  private var queue: TimeoutQueue
  /// What the client has been sent and has taken.
  private(set) var taken = ""
  /// Whether the client takes what it is sent.
  var takes = true
  private(set) var action = Connection.Action.keep
  private(set) var wasReset = false

  final class Time: Sendable {
    let now = Atomic<UInt64>(0)
  }

  init(_ limits: HTTPLimits = HTTPLimits(), _ timeouts: HTTPTimeouts = HTTPTimeouts()) throws {
    let time = Time()
    self.time = time
    application = TestApplication(desk)
    context = LoopContext(limits: limits, mailbox: try Mailbox(), counters: LoopCounters()) {
      time.now.load(ordering: .relaxed)
    }
    (pool, queue) = (MemoryPool(limits: limits), TimeoutQueue(timeouts))
    guard let peer = SocketAddress("127.0.0.1:1") else { throw HTTPServerError("read an address", 0) }
    connection = Connection(descriptor: 7, generation: 1, peer: peer, now: 0)
    queue.set(7, .head, since: 0)
  }

  var interest: Interest { connection.interest }
  var wait: Wait? { connection.waiting.wait }
  var holdsMemory: Bool { connection.reader != nil || connection.output.capacity > 0 }
  var isOpen: Bool { action != .close }

  /// The client sends at this second.
  func send(_ text: String, at second: UInt64) {
    move(to: second)
    guard connection.mayRead() else { return }
    pool.lend(to: connection)
    connection.reader?.buffer.append(Array(text.utf8).span)
    conclude()
  }

  func endInput(at second: UInt64) {
    move(to: second)
    connection.endInput()
    conclude()
  }

  /// The client takes so many bytes at this second.
  func take(_ count: Int, at second: UInt64) {
    move(to: second)
    flush(count)
    conclude()
  }

  /// Time passes, and whatever is due happens.
  func pass(to second: UInt64) {
    move(to: second)
    while isOpen, let (_, wait) = queue.expired(at: context.now) {
      connection.expire(wait, application, context)
      conclude()
    }
  }

  /// Answers the one request that waits for it.
  func answer(_ status: HTTPStatus, at second: UInt64) {
    move(to: second)
    pool.lend(to: connection)
    connection.answer(status, HTTPFields(), [], application, context)
    conclude()
  }

  private func move(to second: UInt64) {
    time.now.store(second * HTTPTimeouts.second, ordering: .relaxed)
    context.beginTurn(second: Int(second))
  }

  private func conclude() {
    if case .reading = connection.state {
      pool.lend(to: connection)
      connection.serve(application, context)
    }
    if takes { flush(.max) }
    action = connection.settle(context.now)
    wasReset = connection.resets
    let waiting = connection.waiting
    queue.set(7, isOpen ? waiting.wait : nil, since: waiting.since)
    if isOpen { pool.collect(from: connection) } else { connection.close(application, context) }
  }

  private func flush(_ most: Int) {
    let count = min(most, connection.output.count)
    let output = connection.output
    taken += output.bytes.extracting(0..<count).text
    connection.sent(count)
  }
}
