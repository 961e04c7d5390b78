import Synchronization

/// A value that another thread leaves for this one.
final class Kept<Value: Sendable>: Sendable {
  private let storage = Mutex<Value?>(nil)

  func set(_ value: Value) { storage.withLock { $0 = value } }
  var value: Value? { storage.withLock { $0 } }
}
