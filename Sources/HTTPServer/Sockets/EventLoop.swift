internal import CEpoll
internal import Glibc

/// One thread's share of a server. Each turn it reads all ready sockets, lets the application look at what has changed,
/// and then answers what was read.
///
/// A value with one owner, its thread: of what an object holds each access would be checked at run time.
struct EventLoop<Application: HTTPApplication>: ~Copyable {
  let context: LoopContext
  let application: Application
  var epoll: Epoll
  var listeners: [Listener]
  /// By descriptor.
  var connections: [Connection?] = []
  var connectionCount = 0
  var timeouts: TimeoutQueue
  var pool: MemoryPool
  var generation: UInt32 = 0
  /// Those that something happened to in this turn.
  private var due: [Connection] = []
  /// Those with whole requests in their buffers that wait for the next turn.
  private var backlog: [Connection] = []
  /// Listeners with somebody waiting.
  private var callers: [Int] = []
  /// When all connections that are left are cut off.
  var end: UInt64?
  /// When accepting is tried again, after there were no descriptors.
  var acceptsAgain: UInt64?

  init(_ seed: LoopSeed, _ application: Application) throws(HTTPServerError) {
    self.application = application
    context = LoopContext(limits: seed.limits, mailbox: seed.mailbox, counters: seed.counters, clock: seed.clock)
    (timeouts, pool) = (TimeoutQueue(seed.timeouts), MemoryPool(limits: seed.limits))
    listeners = seed.listeners
    epoll = try Epoll.watching(seed)
  }

  /// Returns when the server was stopped and the last connection is gone.
  mutating func run() {
    while !(context.isStopping && connectionCount == 0) { turn() }
  }

  private mutating func turn() {
    epoll.wait(milliseconds: backlog.isEmpty ? patience : 0)
    context.beginTurn(second: time(nil))
    for connection in backlog { markDue(connection) }
    backlog.removeAll(keepingCapacity: true)
    for index in 0..<epoll.count { take(epoll[index]) }
    if !due.isEmpty {
      // Everything that has arrived is read. What is true now is what these requests are answered by.
      application.turn()
      for connection in due { conclude(connection) }
      due.removeAll(keepingCapacity: true)
    }
    expire()
    acceptAll()
  }

  /// Milliseconds to the next deadline, rounded up; nil when there is none.
  private var patience: Int32? {
    let next = min(timeouts.nextDeadline ?? .max, end ?? .max, acceptsAgain ?? .max)
    guard next < .max else { return nil }
    let now = context.clock()
    return next <= now ? 0 : Int32(clamping: (next - now + 999_999) / 1_000_000)
  }

  /// New connections come last in a turn: who must make room for them is known then.
  private mutating func acceptAll() {
    for index in callers { accept(at: index) }
    callers.removeAll(keepingCapacity: true)
  }

  private mutating func take(_ ready: Epoll.Ready) {
    if ready.token == Token.mailbox {
      for message in context.mailbox.take() { deliver(message) }
      return
    }
    if let index = Token.listenerIndex(ready.token) {
      callers.append(index)
      return
    }
    guard let connection = connection(ready.token) else { return }
    markDue(connection)
    if ready.isReadable, connection.mayRead() {
      read(connection)
    } else if ready.isBroken {
      connection.lose()
    }
    if ready.isWritable { write(connection) }
  }

  mutating func markDue(_ connection: Connection) {
    guard !connection.isDue, !connection.isClosed else { return }
    connection.isDue = true
    due.append(connection)
  }

  /// Answers, sends, and sees what is next for this connection.
  private mutating func conclude(_ connection: Connection) {
    connection.isDue = false
    guard !connection.isClosed else { return }
    if case .reading = connection.state {
      pool.lend(to: connection)
      connection.serve(application, context)
    }
    if !connection.output.isEmpty { write(connection) }
    if context.isStopping { connection.stop() }
    switch connection.settle(context.now) {
    case .keep: break
    case .endOutput: _ = shutdown(connection.descriptor, Int32(SHUT_WR))
    case .close: return close(connection)
    }
    pool.collect(from: connection)
    let waiting = connection.waiting
    timeouts.set(connection.descriptor, waiting.wait, since: waiting.since)
    watch(connection)
    if connection.hasBacklog, connection.output.isEmpty { backlog.append(connection) }
  }

  /// Tells epoll what the connection waits for, if that is something new.
  private func watch(_ connection: Connection) {
    let interest = connection.interest
    guard interest != connection.watched else { return }
    connection.watched = interest
    epoll.change(connection.descriptor, interest, token: Token.connection(connection))
  }

  /// Comes after the answers of the turn: whoever sent the rest of a request in it was in time.
  private mutating func expire() {
    while let (slot, wait) = timeouts.expired(at: context.now) {
      guard let connection = connections[Int(slot)] else {
        preconditionFailure("a closed connection waits for nothing")
      }
      context.counters.add(.timeouts)
      connection.expire(wait, application, context)
      conclude(connection)
    }
    if let end, context.now >= end {
      for case let connection? in connections {
        connection.reset()
        conclude(connection)
      }
    }
    if let again = acceptsAgain, context.now >= again { resumeAccepting() }
  }
}

extension Epoll {
  /// Waits for who calls, and for what other threads say.
  fileprivate static func watching(_ seed: LoopSeed) throws(HTTPServerError) -> Epoll {
    let epoll = try Epoll()
    var isAdded = epoll.add(seed.mailbox.descriptor, .read, token: Token.mailbox)
    for (index, listener) in seed.listeners.enumerated() {
      isAdded = epoll.add(listener.descriptor, .read, token: Token.listener(index)) && isAdded
    }
    guard isAdded else { throw HTTPServerError("watch the listening sockets", errno) }
    return epoll
  }
}

/// What epoll calls a descriptor by.
enum Token {
  static let mailbox = UInt64.max
  private static let firstListener = UInt64.max - 0xFFFF

  static func listener(_ index: Int) -> UInt64 { firstListener + UInt64(index) }

  static func listenerIndex(_ token: UInt64) -> Int? {
    token >= firstListener && token != mailbox ? Int(token - firstListener) : nil
  }

  /// Generation in the upper half, descriptor in the lower, which is never negative: no listener's token.
  static func connection(_ connection: Connection) -> UInt64 {
    UInt64(connection.generation) << 32 | UInt64(UInt32(bitPattern: connection.descriptor))
  }
}
