internal import Glibc

/// A value behind a lock of the system's. What the standard library's `Mutex` is, but one that the thread sanitizer sees: it
/// takes whatever two threads do under a `Mutex` for a race (Swift 6.3 on Linux), and then a real one is not noticed.
///
/// Unchecked, because the compiler can't know what the lock guards: `value` is touched by `init` and under the lock alone.
@safe final class Locked<Value>: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  init(_ value: Value) {
    self.value = value
    unsafe lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    let status = unsafe pthread_mutex_init(lock, nil)
    precondition(status == 0, "a plain lock needs no memory")
  }

  deinit {
    unsafe pthread_mutex_destroy(lock)
    unsafe lock.deallocate()
  }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    return try body(&value)
  }
}
