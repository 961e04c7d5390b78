internal import CEpoll
internal import Glibc

/// A word from a thread that has just been started: that it runs, or why it does not.
final class Opening: Sendable {
  private let failure = Locked<(any Error)?>(nil)
  private let descriptor: Int32

  init() throws(HTTPServerError) {
    descriptor = cepoll_eventfd()
    guard descriptor >= 0 else { throw HTTPServerError("create an event descriptor", errno) }
  }

  deinit {
    close(descriptor)
  }

  /// Said once, by the thread.
  func finish(_ error: (any Error)?) {
    failure.withLock { $0 = error }
    var one: UInt64 = 1
    _ = unsafe write(descriptor, &one, 8)
  }

  /// Waits for the word, and throws the reason if there is one.
  func wait() throws {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while unsafe poll(&waiting, 1, -1) < 0, errno == EINTR {}
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
