import Cryptography
import EventLog
import KeyLedger

/// How many events happened on each day, up to one of them.
struct RememberedTimeline: Remembered {
  /// Nil for the whole log.
  let environment: Slug?
  private(set) var sequence: UInt64
  /// Of the tree over events 1 to `sequence`: which log it was.
  var root: Digest
  /// The days of the whole log that have events, the first day first; also those without any of the environment's.
  private(set) var days: [(midnight: Instant, events: Int)]

  /// Going on from further back costs more than counting anew.
  static let mostEvents: UInt64 = 1_000

  init(environment: Slug?, sequence: UInt64, root: Digest, days: [(midnight: Instant, events: Int)]) {
    (self.environment, self.sequence, self.root, self.days) = (environment, sequence, root, days)
  }

  /// One more event, the next one.
  mutating func add(_ event: Event) {
    sequence = event.sequence
    let midnight = event.time.midnight
    if days.last?.midnight != midnight { days.append((midnight, 0)) }
    if isOurs(event.stream) { days[days.count - 1].events += 1 }
  }

  private func isOurs(_ stream: Stream) -> Bool {
    guard let environment else { return true }
    switch stream {
    case .environment(environment), .key(environment, _): return true
    case .ledger, .user, .environment, .key: return false
    }
  }
}

extension Instant {
  /// Milliseconds.
  static let day: Int64 = 86_400_000

  /// The beginning of its day, UTC.
  var midnight: Instant {
    let into = milliseconds % Instant.day
    return Instant(milliseconds: milliseconds - (into < 0 ? into + Instant.day : into))
  }
}
