import Glibc

/// Wakes waiting threads: a pipe, because it needs no lock that Swift would have to be talked into trusting. Rings are
/// counted, each is for one thread, and one that comes before the wait is not lost.
package final class Bell: Sendable {
  private let reading: Int32
  private let writing: Int32

  /// Nil when the process has no descriptor left.
  package init?() {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // Who rings never waits. When the pipe is full, more rings are in it than anybody needs.
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    reading = ends[0]
    writing = ends[1]
  }

  deinit {
    close(reading)
    close(writing)
  }

  package func ring() { ring(times: 1) }

  /// One call for many threads: the kernel wakes the first, and each that goes wakes the next.
  package func ring(times: Int) {
    precondition(times <= Bell.maximumRings, "a pipe takes no more than a page in one piece")
    let bytes = [UInt8](repeating: 1, count: times)
    while unsafe write(writing, bytes, times) < 0, errno == EINTR {}
  }

  private static let maximumRings = 4_096

  /// - Parameter milliseconds: returns after so long at the latest; nil to wait for a ring.
  package func wait(milliseconds: Int? = nil) {
    if let milliseconds {
      var ready = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&ready, 1, Int32(clamping: milliseconds)) > 0 else { return }
    }
    var byte: UInt8 = 0
    while unsafe read(reading, &byte, 1) < 0, errno == EINTR {}
  }
}
