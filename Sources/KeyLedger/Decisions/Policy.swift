/// What somebody may be allowed to do: the rows of the access table.
public enum Action: Hashable, Sendable, CaseIterable {
  /// Masked keys, scopes, activity of one environment.
  case seeKeys
  /// Everything else that may be looked at: users, plan, resources, environments, the log, proofs, the past.
  case seeLedger
  /// Verify a secret, ask whose it is.
  case verify
  case reveal
  /// Create, rotate, change grace, revoke, rename, change scope.
  case manageKeys
  /// Environments, integrations, client-side security, migration.
  case manageEnvironments
  /// Users, plan, resources.
  case manageLedger
  case renewOwnToken
}

extension Command {
  /// The row of the access table that the command falls under.
  public func action(by caller: Caller) -> Action {
    switch self {
    case .renewToken(let user):
      if case .user(let caller, _) = caller, user == caller.id.description { return .renewOwnToken }
      return .manageLedger
    case .addUser, .changeRole, .endToken, .removeUser, .forgetUser, .changePlan, .addResource, .acceptRestored:
      return .manageLedger
    case .provisionEnvironment, .migrateEnvironment, .connectIntegration, .disconnectIntegration,
      .enforceClientSecurity, .relaxClientSecurity, .rotateSigningSecret:
      return .manageEnvironments
    case .createKey, .renameKey, .changeScope, .rotateKey, .changeGrace, .revokeKey: return .manageKeys
    case .revealKey, .revealSigningSecret: return .reveal
    }
  }
}

/// Who may do what. Pure; asked at the head of the log, inside the write lock.
public enum Policy {
  /// Whether the caller may do this at all, before any look at a target.
  public static func authorise(_ command: Command, by caller: Caller, at now: Instant, in ledger: LedgerState)
    throws(Refusal)
  {
    if case .acceptRestored = command { return try operatorOnly(caller) }
    if case .renewToken = command, case .user = caller, command.action(by: caller) == .manageLedger {
      throw Refusal(.forbidden, "A user renews only their own token; an operator can renew any with `user token`.")
    }
    try authorise(command.action(by: caller), by: caller, at: now, in: ledger)
  }

  public static func authorise(_ action: Action, by caller: Caller, at now: Instant, in ledger: LedgerState)
    throws(Refusal)
  {
    switch caller {
    case .operator: return
    case .user(let user, let token): try authorise(action, user: user, token: token)
    case .key(let key): try authorise(action, key: key, at: now, in: ledger)
    }
  }

  private static func operatorOnly(_ caller: Caller) throws(Refusal) {
    guard case .operator = caller else {
      throw Refusal(.forbidden, "Only the operator can do this; use the command line at the data directory.")
    }
  }

  private static func authorise(_ action: Action, user: UserState, token: Hash256?) throws(Refusal) {
    guard user.removed == nil else {
      throw Refusal(.forbidden, "This user was removed; ask an owner to add you again.")
    }
    if let token {
      guard let current = user.token, current == token else {
        throw Refusal(.forbidden, "This access token has ended; ask an owner or the operator for a new one.")
      }
      guard !user.mustRenewToken || action == .renewOwnToken else {
        throw Refusal(.tokenMustBeRenewed, "This token was issued by somebody else: renew it first, with it.")
      }
    }
    guard roles(allowed: action).contains(user.role) else {
      throw Refusal(.forbidden, "The role \(user.role.rawValue) may not do this; ask an owner.")
    }
  }

  /// The access table: who holds each row.
  static func roles(allowed action: Action) -> Set<Role> {
    switch action {
    case .seeKeys, .seeLedger, .verify, .renewOwnToken: [.owner, .member, .readOnly]
    case .reveal, .manageKeys, .manageEnvironments, .manageLedger: [.owner]
    }
  }

  private static func authorise(_ action: Action, key: KeyState, at now: Instant, in ledger: LedgerState)
    throws(Refusal)
  {
    let status = key.status(at: now)
    guard status.isValid, !key.removed else {
      throw Refusal(.forbidden, "This key has ended; use its successor or ask an owner for another.")
    }
    guard key.kind.keyClass == .server else {
      throw Refusal(.forbidden, "A client key may call nothing, it is only ever verified; call with a server key.")
    }
    guard let access = accessToKeys(needed: action) else {
      throw Refusal(.forbidden, "No API key may do this; a user or the operator can.")
    }
    guard let resource = Slug("api_keys"), key.effectiveScope(in: ledger).holds(Permission(resource, access)) else {
      throw Refusal(.forbidden, "This key lacks api_keys:\(access.rawValue); ask an owner to grant it.")
    }
    guard access == .read || status == .active else {
      throw Refusal(.forbidden, "This key was rotated: it reads as before and changes nothing; use its successor.")
    }
  }

  /// What an API key needs for it; nil when no key ever may.
  static func accessToKeys(needed action: Action) -> Access? {
    switch action {
    case .seeKeys, .verify: .read
    case .manageKeys: .write
    case .seeLedger, .reveal, .manageEnvironments, .manageLedger, .renewOwnToken: nil
    }
  }

  /// The environment that a caller is shut into; nil for a user or the operator, who see all.
  public static func confinement(of caller: Caller) -> Slug? {
    if case .key(let key) = caller { return key.environment }
    return nil
  }
}
