import KeyLedger

/// Which event an outcome rests on: the last one that had a part in it.
struct DecidingEvent {
  /// The events of the key, its environment and the ledger, each in order, up to the moment.
  let key: [Event]
  let environment: [Event]
  let ledger: [Event]

  func of(_ outcome: VerificationOutcome, _ permission: Permission?) -> Event? {
    let asksScope = permission != nil
    return switch outcome {
    case .malformed, .unknown: nil
    case .removed, .revoked, .expired: ending
    case .wrongEnvironment: key.first
    case .customerTokenRequired: enforcement
    case .customerTokenInvalid: latest(enforcement, environment.last { $0.data.isOfSigning })
    case .insufficientScope: latest(key.last { $0.data.isOfScope }, inherited(permission))
    case .valid:
      latest(
        latest(key.last { $0.data.isOfLife || (asksScope && $0.data.isOfScope) }, inherited(permission)), clientSecurity
      )
    }
  }

  /// The event that set the end which the key has. Later ones may have come after it had ended already.
  private var ending: Event? {
    var state: KeyState?
    var found: Event?
    for event in key {
      let before = state?.ending
      if state == nil { state = KeyState(beginning: event) } else { state?.evolve(event) }
      if state?.ending != before { found = event }
    }
    return found
  }

  private var enforcement: Event? { environment.last { $0.data == .clientSecurityEnforced } }

  /// The event that let a publishable key pass with the customer token that came, or without any: the last one that
  /// enforced or relaxed it, and while it is enforced the signing secret.
  private var clientSecurity: Event? {
    guard let first = key.first.flatMap({ KeyState(beginning: $0) }), first.kind == .publishable else { return nil }
    let last = environment.last { $0.data == .clientSecurityEnforced || $0.data == .clientSecurityRelaxed }
    guard last?.data == .clientSecurityEnforced else { return last }
    return latest(last, environment.last { $0.data.isOfSigning })
  }

  /// The event that added the resource asked for, where the key was made before: it inherits it, or as a publishable key
  /// does not.
  private func inherited(_ permission: Permission?) -> Event? {
    guard let permission, let first = key.first.flatMap({ KeyState(beginning: $0) }), first.kind.isDefault else {
      return nil
    }
    return ledger.last { event in
      if case .resourceAdded(let resource) = event.data { resource.name == permission.resource } else { false }
    }
  }

  private func latest(_ a: Event?, _ b: Event?) -> Event? {
    guard let a, let b else { return a ?? b }
    return a.sequence > b.sequence ? a : b
  }
}

extension EventData {
  /// Begins a key or says how long it lives.
  fileprivate var isOfLife: Bool {
    switch self {
    case .keyCreated, .keyMigrated, .keyRotated, .graceChanged: true
    default: false
    }
  }

  fileprivate var isOfScope: Bool {
    switch self {
    case .keyCreated, .keyMigrated, .scopeUpdated: true
    default: false
    }
  }

  fileprivate var isOfSigning: Bool {
    switch self {
    case .environmentProvisioned, .clientSecuritySecretRotated: true
    default: false
    }
  }
}
