import EventLog
package import KeyLedger

/// A thread of its own beside those who answer: woken when there is something to do, and waited for at the end.
package final class SideThread: Sendable {
  private let bell: Bell
  private let ended: Bell

  /// Throws when the process has no descriptor left.
  package init() throws(Refusal) {
    guard let bell = Bell(), let ended = Bell() else { throw .noDescriptors }
    (self.bell, self.ended) = (bell, ended)
  }

  /// Begins its life, which ends when `life` returns. To be called once; throws when the process has no thread left.
  package func start(_ life: @escaping @Sendable () -> Void) throws(Refusal) {
    let isStarted = PlainThread.start { [ended] in
      life()
      ended.ring()
    }
    guard isStarted else { throw .noDescriptors }
  }

  /// Wakes it; counted, so one that comes before it waits is not lost.
  package func wake() { bell.ring() }

  /// For the thread itself: returns when it is woken, or after so long.
  package func wait(milliseconds: Int? = nil) { bell.wait(milliseconds: milliseconds) }

  /// Returns when its life has ended.
  package func waitForEnd() {
    ended.wait()
    // Passed on to whoever else waits, or will.
    ended.ring()
  }
}
