extension KeyState {
  /// What ends a key, and when.
  public struct Ending: Hashable, Sendable {
    public let because: EndReason
    public let at: Instant
    /// Ended by the event itself, whatever any clock says.
    public let isUnconditional: Bool

    public init(because: EndReason, at: Instant, isUnconditional: Bool) {
      self.because = because
      self.at = at
      self.isUnconditional = isUnconditional
    }
  }
}

extension KeyState.Ending {
  /// What ends the key after one more event of its stream, number `index` of these. The first reason that came true stays
  /// the reason, and whatever else is told of an ended key never revives it.
  public static func after(_ events: Span<Event>, _ index: Int, on current: Self?) -> Self? {
    let time = events[index].time
    let next: Self
    switch events[index].data {
    case .keyRotated(let grace, let end, _), .graceChanged(let grace, _, let end):
      next = Self(because: .graceEnded, at: end, isUnconditional: grace == .now)
    case .keyRevoked: next = Self(because: .revoked, at: time, isUnconditional: true)
    case .keyRemoved: next = Self(because: .removed, at: time, isUnconditional: true)
    default: return current
    }
    guard let current, current.isUnconditional || current.at <= time else { return next }
    // From here on it is over whatever a clock says: one that was set back must not reopen the grace.
    return Self(because: current.because, at: current.at, isUnconditional: true)
  }
}

/// Why an expired key expired.
public enum EndReason: String, Sendable, CaseIterable {
  case graceEnded = "grace_ended"
  case revoked, removed
}
