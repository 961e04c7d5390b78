/// Several threads at one piece of work.
package enum Workers {
  /// Runs `body` on so many threads beside the caller's, which meanwhile does `here`, and returns when all have ended. On
  /// fewer, where the system has no more.
  package static func run(_ count: Int, _ body: @escaping @Sendable () -> Void, here: () -> Void) {
    guard count > 0, let ended = Bell() else { return here() }
    let started = (0..<count).filter { _ in
      PlainThread.start {
        body()
        ended.ring()
      }
    }
    here()
    for _ in started { ended.wait() }
  }
}
