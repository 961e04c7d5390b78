public import KeyLedger

/// Whether a presented secret is good, and why.
public struct CheckResult: Sendable, Equatable {
  public let outcome: VerificationOutcome
  /// Nil for `malformed` and `unknown`.
  public let key: KeyState?
  /// What was asked for.
  public let permission: Permission?
  /// The last event that the outcome rests on; for an expiry by time the rotation or change of grace that set it. Nil
  /// where no event speaks of the secret.
  public let decidedBy: Event?
  /// The customer that a token proved, of a key that is valid.
  public let customerProven: String?

  public var isValid: Bool { outcome == .valid }

  init(
    _ outcome: VerificationOutcome, key: KeyState? = nil, permission: Permission? = nil, decidedBy: Event? = nil,
    customerProven: String? = nil
  ) {
    self.outcome = outcome
    self.key = key
    self.permission = permission
    self.decidedBy = decidedBy
    self.customerProven = outcome == .valid ? customerProven : nil
  }
}
