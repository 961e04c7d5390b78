import Glibc
public import KeyLedger

/// Where the time comes from: one of the seams at which the outside world enters.
public protocol Clock: Sendable {
  func now() -> Instant
}

/// The machine's clock. It may jump; the ledger's own now never runs backwards.
public struct SystemClock: Clock {
  public init() {}

  public func now() -> Instant {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
