package import KeyLedger
import Synchronization

/// How fast one API key may change things: a bucket for each that fills at a steady rate.
package final class ChangeLimiter: Sendable {
  private let buckets: Mutex<ChangeBuckets>

  package init(perSecond: Int, burst: Int) {
    buckets = Mutex(ChangeBuckets(perSecond: Int64(perSecond), burst: Int64(burst)))
  }

  /// Takes one change. Nil when it may be made; else in how many seconds to try again.
  package func take(_ key: KeyID, at now: Instant) -> Int? { buckets.withLock { $0.take(key, at: now) } }
}

private struct ChangeBuckets {
  private struct Bucket {
    /// Thousandths of a change.
    let level: Int64
    let filled: Instant
  }

  private let perSecond: Int64
  private let burst: Int64
  private var buckets: [KeyID: Bucket] = [:]
  /// Beyond so many those that are full again are let go.
  private static let maximum = 10_000

  init(perSecond: Int64, burst: Int64) { (self.perSecond, self.burst) = (perSecond, burst) }

  mutating func take(_ key: KeyID, at now: Instant) -> Int? {
    if buckets.count >= ChangeBuckets.maximum {
      for (key, bucket) in buckets where level(of: bucket, at: now) == burst * 1_000 { buckets[key] = nil }
    }
    var available = burst * 1_000
    if let bucket = buckets[key] { available = level(of: bucket, at: now) }
    let isEnough = available >= 1_000
    buckets[key] = Bucket(level: isEnough ? available - 1_000 : available, filled: now)
    let rate = perSecond * 1_000
    return isEnough ? nil : Int((1_000 - available + rate - 1) / rate)
  }

  /// A clock that was set back fills nothing.
  private func level(of bucket: Bucket, at now: Instant) -> Int64 {
    let elapsed = min(max(now.milliseconds - bucket.filled.milliseconds, 0), 3_600_000)
    return min(burst * 1_000, bucket.level + elapsed * perSecond)
  }
}
