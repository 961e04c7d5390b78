import EventLog
import KeyLedger
import Synchronization

/// The callers who wait for the same commit, all woken by one call. It costs a pipe, so it is used again when the last
/// has left.
final class WaitingRoom: Sendable {
  private let bell: Bell
  private let inside = Atomic<Int>(0)

  /// Nil when the process has no descriptor left.
  init?() {
    guard let bell = Bell() else { return nil }
    self.bell = bell
  }

  /// One more will wait, before its job can be done.
  func enter() { inside.add(1, ordering: .relaxed) }

  /// Returns when those inside are dismissed; true to the last of them, after whom nobody is inside.
  func wait() -> Bool {
    bell.wait()
    return inside.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
  }

  /// Wakes all who are inside. Nobody may enter any more until the last has left.
  func dismiss() { bell.ring(times: inside.load(ordering: .acquiring)) }
}

/// An answer that one thread gives and another, woken when it is there, takes.
final class Reply<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, Refusal>?>(nil)

  func give(_ result: Result<Value, Refusal>) { self.result.withLock { $0 = result } }

  func take() throws(Refusal) -> Value {
    let result = result.withLock { result in
      let given = result
      result = nil
      return given
    }
    guard let result else { preconditionFailure("a reply without a result") }
    return try result.get()
  }
}
