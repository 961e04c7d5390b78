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
  /// What ends the key after one more event of its stream. The first reason that came true stays the reason, and whatever
  /// else is told of an ended key never revives it.
  public static func after(_ event: Event, on current: Self?) -> Self? {
    guard let next = told(by: event) else { return current }
    guard let current, current.isUnconditional || current.at <= event.time else { return next }
    // From here on it is over whatever a clock says: one that was set back must not reopen the grace.
    return Self(because: current.because, at: current.at, isUnconditional: true)
  }

  /// Nil for an event that says nothing of an end.
  private static func told(by event: Event) -> Self? {
    switch event.data {
    case .keyRotated(let grace, let end, _), .graceChanged(let grace, _, let end):
      Self(because: .graceEnded, at: end, isUnconditional: grace == .now)
    case .keyRevoked: Self(because: .revoked, at: event.time, isUnconditional: true)
    case .keyRemoved: Self(because: .removed, at: event.time, isUnconditional: true)
    default: nil
    }
  }
}

/// Why an expired key expired.
public enum EndReason: String, Sendable, CaseIterable {
  case graceEnded = "grace_ended"
  case revoked, removed
}
