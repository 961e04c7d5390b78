/// A key as the key table shows it at a moment: what its events left, its status then, and what it may do then.
public struct KeySighting: Sendable {
  public let key: KeyState
  public let status: KeyStatus
  public let scope: Scope

  public init(_ key: KeyState, in ledger: LedgerState, at now: Instant) {
    self.key = key
    status = key.status(at: now)
    scope = key.effectiveScope(in: ledger)
  }
}

/// What became of a key between two moments.
public enum KeyChange: String, Sendable, CaseIterable {
  /// It was not there at the first moment; it may be gone again by the second.
  case added
  /// It was valid and is no longer: revoked, or its grace has passed, with an event or by time alone.
  case ended
  /// It left the key table: its integration was disconnected.
  case removed
  /// Anything else.
  case changed

  /// Nil where the key table shows the same key at both moments. Compared is everything that it shows: whatever events
  /// have made of the key (each moves its revision, so a reveal counts), its status, which time alone changes too, and
  /// what it may do, which for a publishable key follows the catalogue.
  public init?(from before: KeySighting?, to after: KeySighting) {
    guard let before else {
      self = .added
      return
    }
    if before.key.lastEvent == after.key.lastEvent, before.status == after.status, before.scope == after.scope {
      return nil
    }
    if after.key.removed && !before.key.removed {
      self = .removed
    } else if before.status.isValid && !after.status.isValid {
      self = .ended
    } else {
      self = .changed
    }
  }
}
