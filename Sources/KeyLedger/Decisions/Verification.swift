/// Whether a presented secret is good, and why. Pure: finding the key and judging the customer token happen outside.
public enum VerificationOutcome: String, Sendable, CaseIterable {
  case malformed, unknown, removed, revoked, expired
  case wrongEnvironment = "wrong_environment"
  case customerTokenRequired = "customer_token_required"
  case customerTokenInvalid = "customer_token_invalid"
  case insufficientScope = "insufficient_scope"
  case valid
}

/// What came with a publishable key to prove which customer it speaks for.
public enum CustomerEvidence: String, Sendable, CaseIterable { case absent, wrong, right }

public struct VerificationRequest: Sendable {
  public var permission: Permission?
  /// The environment that the caller asks about; nil for any.
  public var environment: Slug?
  public var customer: CustomerEvidence

  public init(permission: Permission? = nil, environment: Slug? = nil, customer: CustomerEvidence = .absent) {
    self.permission = permission
    self.environment = environment
    self.customer = customer
  }
}

public enum Verification {
  /// The first reason that applies. `environment` is the key's own.
  public static func judge(
    _ key: KeyState, in environment: EnvironmentState, _ ledger: LedgerState, _ request: VerificationRequest,
    at now: Instant
  ) -> VerificationOutcome {
    if case .expired(let reason) = key.status(at: now) {
      switch reason {
      case .graceEnded: return .expired
      case .revoked: return .revoked
      case .removed: return .removed
      }
    }
    if let asked = request.environment, asked != key.environment { return .wrongEnvironment }
    if key.kind == .publishable, environment.isEnforced {
      switch request.customer {
      case .absent: return .customerTokenRequired
      case .wrong: return .customerTokenInvalid
      case .right: break
      }
    }
    if let permission = request.permission {
      // Not even full access holds what the catalogue does not know.
      guard ledger.knows(permission), key.effectiveScope(in: ledger).holds(permission) else {
        return .insufficientScope
      }
    }
    return .valid
  }
}
