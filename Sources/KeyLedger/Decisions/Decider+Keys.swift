extension Decider {
  func create(name: String, description: String, scope words: [String]) throws(Refusal) -> [Draft] {
    let environment = try environment()
    guard ledger.plan == .scale else {
      throw Refusal(
        .planRequired, "Creating a scoped key needs the plan scale; an owner can change it with `plan scale`.")
    }
    try check(name, .name, .badName, field: "name")
    try check(description, .description, .badText, field: "description")
    let scope = try ledger.scope(requested: words)
    try checkCovers(scope)
    let new = newKey()
    let record = KeyRecord(
      kind: .scoped, name: name, description: description, scope: scope, fingerprint: new.fingerprint,
      masked: new.masked)
    return [Draft(.key(environment.id, new.id), caller, .keyCreated(record))]
  }

  func rename(name: String?, description: String?) throws(Refusal) -> [Draft] {
    let key = try key()
    let newName = name ?? key.name
    let newDescription = description ?? key.description
    try Decider.check(newName, .name, .badName, field: "name")
    try Decider.check(newDescription, .description, .badText, field: "description")
    try checkCovers(key)
    try checkChangeable(key)
    guard !sameBytes(newName, key.name) || !sameBytes(newDescription, key.description) else { return [] }
    return [Draft(key.stream, caller, .keyRenamed(name: newName, description: newDescription))]
  }

  func changeScope(_ words: [String]) throws(Refusal) -> [Draft] {
    let key = try key()
    let scope = try ledger.scope(requested: words)
    try checkCovers(key)
    try checkCovers(scope)
    try checkChangeable(key)
    guard scope != key.scope else { return [] }
    return [Draft(key.stream, caller, .scopeUpdated(before: key.scope, after: scope))]
  }

  /// Only a scoped key that has not ended has a name or a scope to change.
  private func checkChangeable(_ key: KeyState) throws(Refusal) {
    try checkRevision(key)
    guard key.kind == .scoped else {
      throw Refusal(.notScoped, "Only a scoped key can be changed; this one is the system's, so create a scoped key.")
    }
    guard key.status(at: now).isValid else {
      throw Refusal(.keyExpired, "The key has ended and stays as it was; create another.")
    }
  }

  func rotate(_ word: String) throws(Refusal) -> [Draft] {
    let key = try key()
    let grace = try grace(word)
    try checkCovers(key)
    try checkRevision(key)
    guard key.status(at: now) == .active else {
      throw Refusal(.notActive, "Only an active key can be rotated; rotate its newest successor, or create another.")
    }
    try checkClock(for: grace)
    let new = newKey()
    let record = KeyRecord(
      kind: key.kind, name: key.name, description: key.description,
      scope: key.kind == .publishable ? ledger.clientReadableScope : key.scope, fingerprint: new.fingerprint,
      masked: new.masked, predecessor: key.id, integration: key.integration)
    let expiresAt = try end(of: grace)
    return [
      Draft(key.stream, caller, .keyRotated(grace: grace, expiresAt: expiresAt, successor: new.id)),
      Draft(.key(key.environment, new.id), caller, .keyCreated(record)),
    ]
  }

  func changeGrace(_ word: String) throws(Refusal) -> [Draft] {
    let key = try key()
    let grace = try grace(word)
    try checkCovers(key)
    try checkRevision(key)
    guard key.status(at: now) == .expiring, let before = key.expiresAt else {
      throw Refusal(
        .notExpiring, "Only a key that was rotated and has not ended has a grace period; rotate an active key for one.")
    }
    try checkClock(for: grace)
    let after = try end(of: grace)
    guard after != before else { return [] }
    return [Draft(key.stream, caller, .graceChanged(grace: grace, before: before, after: after))]
  }

  private func grace(_ word: String) throws(Refusal) -> Grace {
    guard let grace = Grace(rawValue: word) else {
      throw Refusal(
        .badGrace, "A grace period is one of \(Grace.allCases.map(\.rawValue).joined(separator: ", ")).", field: "grace"
      )
    }
    return grace
  }

  /// When a grace period that begins now is over.
  private func end(of grace: Grace) throws(Refusal) -> Instant {
    let end = now.advanced(by: grace.milliseconds)
    guard end <= .latest else {
      throw Refusal(
        .badGrace, "The grace period would end after the year 9999, which no time here can say; give a shorter one.",
        field: "grace")
    }
    return end
  }

  func revoke() throws(Refusal) -> [Draft] {
    let key = try key()
    try checkCovers(key)
    try checkRevision(key)
    switch key.status(at: now) {
    case .expired:
      throw Refusal(.keyExpired, "The key has already ended; nothing is left to revoke.")
    case .active where key.kind.isDefault:
      throw Refusal(
        .defaultKeyMustBeRotated,
        "An environment is never without its default keys: rotate it, with grace now if it leaked.")
    case .active where key.kind == .integration:
      throw Refusal(
        .integrationMustBeDisconnected, "An integration's key ends with it: disconnect it, or rotate with grace now.")
    case .active, .expiring:
      return [Draft(key.stream, caller, .keyRevoked)]
    }
  }

  func reveal() throws(Refusal) -> [Draft] {
    let key = try key()
    try checkRevision(key)
    guard key.status(at: now).isValid else {
      throw Refusal(.keyExpired, "The key has ended and its secret is destroyed; create or rotate a key for a new one.")
    }
    guard key.revealable, situation.secretIsAvailable else {
      throw Refusal(.secretUnavailable, "The vault does not hold this secret; rotate the key for a new one.")
    }
    return [Draft(key.stream, caller, .keyRevealed)]
  }
}

extension KeyState {
  public var stream: Stream { .key(environment, id) }
}
