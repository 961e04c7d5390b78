public import Cryptography
import EventLog
public import KeyLedger

extension Queries {
  /// Whether a secret is good at the moment, for a permission, in an environment, for a customer; and why (product §4).
  ///
  /// The tables find the key; its stream, folded from the log, decides, and confirms the fingerprint: a row forged in
  /// the views opens no door. Throws `unknown_resource` and `bad_scope` for a permission that there can't be,
  /// `bad_slug` for an environment that none can be. As of the past a signing secret that was rotated since is
  /// destroyed, so it proves nothing. Of a restored ledger nothing is said: a revocation may be missing.
  public func check(
    _ presented: SecretBytes, permission: String? = nil, environment: String? = nil,
    customer: (id: String?, token: String?) = (nil, nil), at moment: Moment
  ) throws(Refusal) -> CheckResult {
    try refuseIfRestored()
    let asked = try permission.map { [ledger = try ledger(at: moment)] (word) throws(Refusal) in
      try ledger.permission(requested: word)
    }
    let place = try environment.map { (name) throws(Refusal) in try Queries.slug(name) }
    guard let trail = try trail(of: presented, at: moment) else {
      return CheckResult(
        presented.withBytes { SecretForm.isMalformed($0) } ? .malformed : .unknown, permission: asked)
    }
    var request = VerificationRequest(permission: asked, environment: place)
    if trail.key.kind == .publishable, trail.key.status(at: moment.time).isValid {
      request.customer = CustomerProof(id: customer.id, token: customer.token)
        .evidence(isEnforced: trail.environment.isEnforced) {
          sealed.signingSecret(of: trail.environment.id, trail.environment.signing)
        }
    }
    let outcome = Verification.judge(trail.key, in: trail.environment, trail.ledger, request, at: moment.time)
    return CheckResult(
      outcome, key: trail.key, permission: asked, decidedBy: trail.events.of(outcome, asked),
      customerProven: request.customer == .right ? customer.id : nil)
  }

  /// Which key a secret belongs to or belonged to at the moment; nil for none of this ledger.
  public func whose(_ presented: SecretBytes, at moment: Moment) throws(Refusal) -> KeyState? {
    try whose(presented.withBytes { SecretForm.fingerprint($0) }, at: moment)
  }

  /// As by the secret, by its SHA-256.
  public func whose(_ fingerprint: Hash256, at moment: Moment) throws(Refusal) -> KeyState? {
    guard let found = try tables.key(fingerprint: fingerprint, at: moment) else { return nil }
    let key = try read { KeyState.fold(try $0.events(of: .key(found.environment, found.id), through: moment.sequence)) }
    // Constant-time, as every equality of Hash256.
    return key?.fingerprint == fingerprint ? key : nil
  }

  /// A key with all that judging it needs, from the log alone.
  private struct Trail {
    let key: KeyState
    let environment: EnvironmentState
    let ledger: LedgerState
    let events: DecidingEvent
  }

  private func trail(of presented: SecretBytes, at moment: Moment) throws(Refusal) -> Trail? {
    let fingerprint = presented.withBytes { SecretForm.fingerprint($0) }
    guard let found = try tables.key(fingerprint: fingerprint, at: moment) else { return nil }
    return try read { log in
      let events = DecidingEvent(
        key: try log.events(of: .key(found.environment, found.id), through: moment.sequence),
        environment: try log.events(of: .environment(found.environment), through: moment.sequence),
        ledger: try log.events(of: .ledger, through: moment.sequence))
      guard let key = KeyState.fold(events.key), key.fingerprint == fingerprint else { return nil }
      guard let environment = EnvironmentState.fold(events.environment), let ledger = LedgerState.fold(events.ledger)
      else { throw LogError.damaged("the key \(key.id) stands in no environment") }
      return Trail(key: key, environment: environment, ledger: ledger, events: events)
    }
  }

  /// An environment that need not be there: to a key of another one it is all the same.
  static func slug(_ name: String) throws(Refusal) -> Slug {
    guard let slug = Slug(name) else {
      throw Refusal(
        .badSlug, "The name of an environment is 1 to 63 of a-z, 0-9, _ and -, and begins with a letter.",
        field: "environment")
    }
    return slug
  }
}
