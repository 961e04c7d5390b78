@testable import HTTPServer

/// Work on a thread of its own: tests block, and the pool they run on has no thread to spare for those they wait for.
final class Background<Value: Sendable>: Sendable {
  private let result = Locked<Value?>(nil)
  private let thread = Locked<LoopThread?>(nil)

  init(_ work: @escaping @Sendable () -> Value) throws {
    let thread = LoopThread { [self] in
      let value = work()
      result.withLock { $0 = value }
    }
    guard let thread else { throw HTTPServerError("start a thread", 0) }
    self.thread.withLock { $0 = thread }
  }

  /// Waits for it. To be asked once.
  func value() -> Value {
    thread.withLock { $0 }?.join()
    guard let value = result.withLock({ $0 }) else { preconditionFailure("the thread has ended") }
    return value
  }
}
