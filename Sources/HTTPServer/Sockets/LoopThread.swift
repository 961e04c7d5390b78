internal import Glibc

/// A thread of the system's that somebody will wait for.
struct LoopThread: Sendable {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let thread: pthread_t

  /// Nil when the system has no thread left.
  init?(_ run: @escaping @Sendable () -> Void) {
    let body = unsafe Unmanaged.passRetained(Body(run))
    var thread = pthread_t()
    let status = unsafe pthread_create(
      &thread, nil,
      { context in
        if let context = unsafe context { unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, unsafe body.toOpaque())
    guard status == 0 else {
      unsafe body.release()
      return nil
    }
    self.thread = thread
  }

  /// Returns when the thread has ended. To be called once.
  func join() {
    pthread_join(thread, nil)
  }
}
