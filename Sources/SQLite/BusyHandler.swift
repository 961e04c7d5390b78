import CSQLite
import Glibc

/// How long to wait for a lock that another connection holds.
package enum BusyPolicy: Sendable {
  /// Tries again every 1 to 5 ms until the limit, then the call fails with `isBusy`.
  ///
  /// Not SQLite's own handler: that one backs off to 100 ms, so among several writers the one who waited longest
  /// tries least often, and starves.
  case jitter(limitMilliseconds: Int)

  /// The limit in milliseconds.
  package var limitMilliseconds: Int {
    switch self {
    case .jitter(let limitMilliseconds): limitMilliseconds
    }
  }
}

/// The waiting of one connection. It lives at a fixed address, because SQLite calls back with that address.
struct BusyWait {
  /// Shortest and longest pause between two tries, in microseconds.
  static let pause: ClosedRange<UInt32> = 1_000...5_000

  var limit: Duration
  private var start = ContinuousClock.now

  init(_ policy: BusyPolicy) {
    limit = .milliseconds(policy.limitMilliseconds)
  }

  /// Sleeps a little and says whether to try again. `attempt` is 0 when a new wait begins.
  mutating func tryAgain(attempt: Int32) -> Bool {
    if attempt == 0 { start = .now }
    guard start.duration(to: .now) < limit else { return false }
    usleep(UInt32.random(in: Self.pause))
    return true
  }
}

/// Owns the address of a `BusyWait` for as long as a database handle may call it.
@safe final class BusyHandler {
  private let wait: UnsafeMutablePointer<BusyWait>

  init(_ policy: BusyPolicy) {
    unsafe wait = .allocate(capacity: 1)
    unsafe wait.initialize(to: BusyWait(policy))
  }

  deinit {
    unsafe wait.deallocate()
  }

  /// Changes the limit for the waits that begin from now on.
  func use(_ policy: BusyPolicy) {
    unsafe wait.pointee.limit = .milliseconds(policy.limitMilliseconds)
  }

  /// Makes `db` wait by this handler. The handler must outlive `db`.
  func install(on db: OpaquePointer) {
    unsafe sqlite3_busy_handler(
      db,
      { context, attempt in
        guard let wait = unsafe context?.assumingMemoryBound(to: BusyWait.self) else { return 0 }
        return unsafe wait.pointee.tryAgain(attempt: attempt) ? 1 : 0
      }, wait)
  }
}
