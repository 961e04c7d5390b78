/// Why a command appended nothing: a stable code, and a sentence that says what to do instead.
public struct Refusal: Error, Equatable, Sendable {
  public let code: RefusalCode
  public let message: String
  /// The field at fault, where there is one.
  public let field: String?

  public init(_ code: RefusalCode, _ message: String, field: String? = nil) {
    self.code = code
    self.message = message
    self.field = field
  }
}

/// The stable codes. Their numbers on the command line and over HTTP are in one table each, at those borders.
public enum RefusalCode: String, Sendable, CaseIterable {
  case badUsage = "bad_usage"
  case notFound = "not_found"
  case forbidden
  case escalation
  case planRequired = "plan_required"
  case revisionChanged = "revision_changed"
  case badName = "bad_name"
  case badText = "bad_text"
  case badScope = "bad_scope"
  case badGrace = "bad_grace"
  case badSlug = "bad_slug"
  case unknownResource = "unknown_resource"
  case fullAccessReserved = "full_access_reserved"
  case tokenTooWeak = "token_too_weak"
  case idempotencyMismatch = "idempotency_mismatch"
  case timeOutOfOrder = "time_out_of_order"
  case alreadyExists = "already_exists"
  case handleInUse = "handle_in_use"
  case lastOwner = "last_owner"
  case notRemoved = "not_removed"
  case alreadyForgotten = "already_forgotten"
  case notScoped = "not_scoped"
  case notActive = "not_active"
  case notExpiring = "not_expiring"
  case keyExpired = "key_expired"
  case defaultKeyMustBeRotated = "default_key_must_be_rotated"
  case integrationMustBeDisconnected = "integration_must_be_disconnected"
  case alreadyConnected = "already_connected"
  case notConnected = "not_connected"
  case tokenInLedger = "token_in_ledger"
  case sameToken = "same_token"
  case secretUnavailable = "secret_unavailable"
  case clockBehind = "clock_behind"
  case limitReached = "limit_reached"
  case notRestored = "not_restored"
  case tokenMustBeRenewed = "token_must_be_renewed"
  case busy
  case outcomeUnknown = "outcome_unknown"
  case restored
  case damaged
  case noSpace = "no_space"
}
