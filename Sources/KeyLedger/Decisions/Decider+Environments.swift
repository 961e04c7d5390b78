extension Decider {
  func provision(_ name: String) throws(Refusal) -> [Draft] {
    let id = try slug(name, naming: "an environment", field: "id")
    guard situation.environment == nil else {
      throw Refusal(.alreadyExists, "The environment \(id) exists; use it, or choose another name.")
    }
    return [
      beginning(of: id), defaultKey(.fullAccess, in: id, legacy: nil), defaultKey(.publishable, in: id, legacy: nil),
    ]
  }

  func migrate(_ name: String, client: LegacyToken?, server: LegacyToken?, allowWeak: Bool) throws(Refusal) -> [Draft] {
    let id = try slug(name, naming: "an environment", field: "id")
    let tokens = [server, client].compactMap { $0 }
    guard !tokens.isEmpty else {
      throw Refusal(
        .badUsage, "A migration brings a client token, a server token or both; for neither use `env create`.")
    }
    if let client, let server, client.fingerprint == server.fingerprint {
      throw Refusal(.sameToken, "The client and the server token are the same; put each of the two in its own place.")
    }
    for token in tokens { try check(token, allowWeak: allowWeak) }
    if let environment = situation.environment {
      guard began(with: client, .publishable), began(with: server, .fullAccess) else {
        throw Refusal(
          .alreadyExists, "The environment \(environment.id) exists with other tokens; choose another name.")
      }
      return []
    }
    guard situation.knownTokens.isEmpty else {
      throw Refusal(.tokenInLedger, "A token is a secret of this ledger already; `whose` says which key it belongs to.")
    }
    return [
      beginning(of: id), defaultKey(.fullAccess, in: id, legacy: server),
      defaultKey(.publishable, in: id, legacy: client),
    ]
  }

  private func check(_ token: LegacyToken, allowWeak: Bool) throws(Refusal) {
    // Of a hash nothing can be said: whoever gives one vouches for it.
    guard let strength = token.strength else { return }
    guard strength.isPresentable else {
      throw Refusal(
        .badText, "A token has 1 to \(TokenStrength.maximumBytes) bytes; leave out one that does not exist.")
    }
    guard !strength.isEnough, !allowWeak else { return }
    throw Refusal(
      .tokenTooWeak,
      "A token is too short or too easy to guess; rotate it in the old system first, or allow weak tokens (--allow-weak)."
    )
  }

  /// Whether the environment began with this token as the default key of that kind, or with a generated one for none.
  private func began(with token: LegacyToken?, _ kind: KeyKind) -> Bool {
    guard let first = situation.firstKeys.first(where: { $0.kind == kind }) else { return false }
    guard let token else { return !first.migrated }
    return first.migrated && first.fingerprint == token.fingerprint
  }

  private func beginning(of id: Slug) -> Draft {
    Draft(.environment(id), caller, .environmentProvisioned(SigningSecret(generation: 1, sha256: newSigning())))
  }

  private func defaultKey(_ kind: KeyKind, in environment: Slug, legacy: LegacyToken?) -> Draft {
    let new = newKey(kind == .fullAccess ? 0 : 1)
    let record = KeyRecord(
      kind: kind, name: kind == .fullAccess ? "Full access key" : "Publishable key", description: "",
      scope: kind == .fullAccess ? .everything : ledger.clientReadableScope,
      fingerprint: legacy?.fingerprint ?? new.fingerprint, masked: legacy?.masked ?? new.masked,
      revealable: legacy.map { $0.strength != nil } ?? true)
    return Draft(.key(environment, new.id), .system, legacy == nil ? .keyCreated(record) : .keyMigrated(record))
  }

  private func newSigning() -> Hash256 {
    guard let signing = materials.signing else { preconditionFailure("the command came without a signing secret") }
    return signing
  }

  // MARK: Integrations

  func connect(_ name: String, scope words: [String]) throws(Refusal) -> [Draft] {
    let environment = try environment()
    let name = try slug(name, naming: "an integration", field: "name")
    let scope = try ledger.scope(requested: words)
    if environment.integrations[name]?.isConnected == true {
      throw Refusal(.alreadyConnected, "\(name) is connected; disconnect it first to connect it with another scope.")
    }
    let new = newKey()
    let record = KeyRecord(
      kind: .integration, name: name.text, description: "", scope: scope, fingerprint: new.fingerprint,
      masked: new.masked, integration: name)
    return [
      Draft(
        .environment(environment.id), caller, .integrationConnected(integration: name, scope: scope, key: new.id)),
      Draft(.key(environment.id, new.id), .system, .keyCreated(record)),
    ]
  }

  func disconnect(_ text: String) throws(Refusal) -> [Draft] {
    let environment = try environment()
    let name = try slug(text, naming: "an integration", field: "name")
    guard environment.integrations[name]?.isConnected == true else {
      throw Refusal(
        .notConnected, "\(name) is not connected in \(environment.id); the list of integrations shows what is.")
    }
    let gone = situation.integrationKeys.filter { !$0.removed }
    return [Draft(.environment(environment.id), caller, .integrationDisconnected(integration: name))]
      + gone.map { Draft($0.stream, caller, .keyRemoved(integration: name)) }
  }

  // MARK: Client-side security

  func setEnforced(_ enforced: Bool) throws(Refusal) -> [Draft] {
    let environment = try environment()
    guard environment.isEnforced != enforced else { return [] }
    return [
      Draft(.environment(environment.id), caller, enforced ? .clientSecurityEnforced : .clientSecurityRelaxed)
    ]
  }

  func rotateSigningSecret() throws(Refusal) -> [Draft] {
    let environment = try environment()
    let next = SigningSecret(generation: environment.signing.generation + 1, sha256: newSigning())
    return [Draft(.environment(environment.id), caller, .clientSecuritySecretRotated(next))]
  }

  func revealSigningSecret() throws(Refusal) -> [Draft] {
    let environment = try environment()
    guard situation.secretIsAvailable else {
      throw Refusal(.secretUnavailable, "The vault does not hold the signing secret; rotate it for a new one.")
    }
    return [Draft(.environment(environment.id), caller, .clientSecuritySecretRevealed)]
  }
}
