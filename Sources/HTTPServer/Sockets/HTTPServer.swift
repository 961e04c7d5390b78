internal import CEpoll
internal import Glibc

/// What a server is to be.
package struct HTTPServerConfiguration: Sendable {
  /// Each loop listens on all of them.
  package var addresses: [SocketAddress]
  /// Loops, each a thread.
  package var loops = 1
  package var limits = HTTPLimits()
  package var timeouts = HTTPTimeouts()
  /// Nanoseconds, never going back.
  package var clock: @Sendable () -> UInt64 = HTTPServer.monotonic

  package init(_ addresses: [SocketAddress]) {
    self.addresses = addresses
  }
}

/// HTTP/1.1 and 1.0 (RFC 9110, RFC 9112) over TCP: some loops, each with listeners and an application of its own.
///
/// Not TLS. SIGPIPE need not be ignored for it.
package final class HTTPServer: Sendable {
  /// Where it listens, with the ports that the system chose.
  package let addresses: [SocketAddress]
  private let mailboxes: [Mailbox]
  private let loopCounters: [LoopCounters]
  private let threads: Locked<[LoopThread]>

  /// Starts it. Throws `HTTPServerError`, or what making an application throws.
  ///
  /// - Parameter application: makes the application of one loop, on its thread.
  package init<Application: HTTPApplication>(
    _ configuration: HTTPServerConfiguration, application: @escaping @Sendable (_ loop: Int) throws -> Application
  ) throws {
    precondition(configuration.loops > 0, "a server has a loop")
    let listeners = try configuration.addresses.map { try Listener.open($0, count: configuration.loops) }
    addresses = listeners.map { $0[0].address }
    mailboxes = try (0..<configuration.loops).map { _ in try Mailbox() }
    loopCounters = (0..<configuration.loops).map { _ in LoopCounters() }
    threads = Locked([])
    for loop in 0..<configuration.loops {
      let seed = LoopSeed(
        listeners: listeners.map { $0[loop] }, mailbox: mailboxes[loop], counters: loopCounters[loop],
        limits: configuration.limits, timeouts: configuration.timeouts, clock: configuration.clock)
      do {
        let thread = try Self.start(seed) { try application(loop) }
        threads.withLock { $0.append(thread) }
      } catch {
        stop(within: 0)
        throw error
      }
    }
  }

  deinit {
    stop(within: 0)
  }

  /// What all loops have counted.
  package var counters: HTTPCounters { loopCounters.map(\.snapshot).reduce(HTTPCounters(), +) }

  /// Accepts no more, answers the requests that have arrived, and returns when every loop has ended. What is not answered or not
  /// taken within `grace` nanoseconds is cut off.
  package func stop(within grace: UInt64) {
    let threads = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    for mailbox in mailboxes { mailbox.post(.stop(grace)) }
    for thread in threads { thread.join() }
  }

  /// For a process that serves and does little else, before it begins: it holds no more memory than it uses.
  package static func keepMemorySmall() { cepoll_keep_memory_small() }

  /// For a process that has used, for once, much more than it will: what it freed in between what it still uses goes back
  /// as well. Takes some milliseconds, in which others may wait for memory.
  package static func giveMemoryBack() { _ = malloc_trim(0) }

  /// The system's clock that never goes back, in nanoseconds.
  @Sendable package static func monotonic() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Runs a loop on a thread of its own; returns when it takes requests.
  private static func start<Application: HTTPApplication>(
    _ seed: LoopSeed, _ application: @escaping @Sendable () throws -> Application
  ) throws -> LoopThread {
    let opening = try Opening()
    let thread = LoopThread {
      do {
        var loop = try EventLoop(seed, try application())
        opening.finish(nil)
        loop.run()
      } catch {
        opening.finish(error)
      }
    }
    guard let thread else { throw HTTPServerError("start a thread", EAGAIN) }
    do {
      try opening.wait()
    } catch {
      thread.join()
      throw error
    }
    return thread
  }
}
