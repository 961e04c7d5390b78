/// Commands in, events out, or a refusal. Pure: time, ids and secrets are given, nothing is read and nothing kept.
///
/// Judged in this order: whether the target exists, plan, fields, escalation, state; last, a command that would change
/// nothing succeeds with no event. Who calls, whether they may and repeats are judged before (`Policy`, the service).
public struct Decider: Sendable {
  let situation: Situation
  let materials: Materials

  public init(_ situation: Situation, _ materials: Materials) {
    self.situation = situation
    self.materials = materials
  }

  /// The events to append, atomically and in this order; none when nothing would change.
  public func decide(_ command: Command) throws(Refusal) -> [Draft] {
    switch command {
    case .addUser, .changeRole, .renewToken, .endToken, .removeUser, .forgetUser: try decideUser(command)
    case .changePlan, .addResource, .acceptRestored: try decideLedger(command)
    case .provisionEnvironment(let name): try provision(name)
    case .migrateEnvironment(let name, let client, let server, let allowWeak):
      try migrate(name, client: client, server: server, allowWeak: allowWeak)
    case .createKey(_, let name, let description, let scope):
      try create(name: name, description: description, scope: scope)
    case .renameKey(_, let name, let description): try rename(name: name, description: description)
    case .changeScope(_, let scope): try changeScope(scope)
    case .rotateKey(_, let grace): try rotate(grace)
    case .changeGrace(_, let grace): try changeGrace(grace)
    case .revokeKey: try revoke()
    case .revealKey: try reveal()
    case .connectIntegration(let name, _, let scope): try connect(name, scope: scope)
    case .disconnectIntegration(let name, _): try disconnect(name)
    case .enforceClientSecurity: try setEnforced(true)
    case .relaxClientSecurity: try setEnforced(false)
    case .rotateSigningSecret: try rotateSigningSecret()
    case .revealSigningSecret: try revealSigningSecret()
    }
  }

  var now: Instant { situation.now }
  var caller: Actor { situation.caller.actor }
  var ledger: LedgerState { situation.ledger }

  // MARK: Targets

  func environment() throws(Refusal) -> EnvironmentState {
    guard let environment = situation.environment, isWithinReach(environment.id) else {
      throw Refusal(.notFound, "There is no such environment; the list of environments shows those there are.")
    }
    return environment
  }

  func key() throws(Refusal) -> KeyState {
    guard let key = situation.key, isWithinReach(key.environment) else {
      throw Refusal(.notFound, "There is no such key; the list of keys shows those there are.")
    }
    return key
  }

  func user() throws(Refusal) -> UserState {
    guard let user = situation.user else {
      throw Refusal(.notFound, "There is no such user; the list of users shows those there are.")
    }
    return user
  }

  /// To an acting key, whatever lies in another environment does not exist.
  private func isWithinReach(_ environment: Slug) -> Bool {
    guard let confinement = Policy.confinement(of: situation.caller) else { return true }
    return confinement == environment
  }

  // MARK: Fields

  func slug(_ text: String, naming thing: String, field: String) throws(Refusal) -> Slug {
    guard let slug = Slug(text) else {
      throw Refusal(
        .badSlug, "The name of \(thing) is 1 to 63 of a-z, 0-9, _ and -, and begins with a letter.", field: field)
    }
    return slug
  }

  func check(_ text: String, _ rule: TextRule, _ code: RefusalCode, field: String) throws(Refusal) {
    try Decider.check(text, rule, code, field: field)
  }

  static func check(_ text: String, _ rule: TextRule, _ code: RefusalCode, field: String) throws(Refusal) {
    guard let fault = rule.fault(in: text) else { return }
    throw Refusal(
      code,
      "The \(field) \(fault); give \(rule.lengths.lowerBound) to \(rule.lengths.upperBound) visible characters.",
      field: field)
  }

  func newKey(_ index: Int = 0) -> NewKey {
    precondition(index < materials.keys.count, "the command came without material for its keys")
    return materials.keys[index]
  }

  // MARK: Escalation and state

  /// A key acts only on keys that it covers.
  func checkCovers(_ target: KeyState) throws(Refusal) {
    guard case .key(let acting) = situation.caller, !acting.covers(target) else { return }
    throw Refusal(.escalation, "The acting key does not hold every permission of that key; use one that does.")
  }

  /// A key grants only what it covers.
  func checkCovers(_ scope: Scope) throws(Refusal) {
    guard case .key(let acting) = situation.caller, !acting.effectiveScope(in: ledger).covers(scope) else { return }
    throw Refusal(
      .escalation,
      "The acting key grants only permissions that it holds itself; ask for fewer, or use one that has them.",
      field: "scope")
  }

  /// Optimistic concurrency: the caller's picture of the key must still be true.
  func checkRevision(_ key: KeyState) throws(Refusal) {
    guard let expected = situation.expectedRevision, expected != key.revision else { return }
    throw Refusal(
      .revisionChanged,
      "The key is at revision \(key.revision), not \(expected): look at it again, then repeat the change.")
  }

  /// With a clock that far behind, a period that is counted from now would end too early or too late.
  func checkClock(for grace: Grace) throws(Refusal) {
    guard situation.clockIsBehind, grace != .now else { return }
    throw Refusal(.clockBehind, "The clock is behind the log: set it right, or use grace `now`.")
  }
}
