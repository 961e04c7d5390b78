package import Cryptography
package import EventLog
package import Formats
package import KeyLedger

extension Shapes {
  /// What a changing command answers: its thing, then its events.
  package func outcome(_ outcome: Outcome, of command: Command) throws(Refusal) -> JSON {
    var shape = try result(outcome, of: command).adding("events", Shapes.events(outcome.events))
    if outcome.repeated { shape = shape.adding("repeated", .bool(true)) }
    if outcome.shredPending { shape = shape.adding("shred_pending", .bool(true)) }
    return shape
  }

  /// The thing alone, as in the `result` of a line of `apply`.
  package func result(_ outcome: Outcome, of command: Command) throws(Refusal) -> JSON {
    let secret = outcome.secret.map { SecretText($0) }
    switch outcome.answer {
    case .user(let state): return user(state, command, token: secret)
    case .ledger(let state): return ledger(state, command)
    case .resource(let added, let state): return .members(["resource": resource(added, of: state)])
    case .environment(let state, let keys):
      let order: [KeyKind] = [.fullAccess, .publishable]
      let both = order.compactMap { kind in keys.first { $0.kind == kind } }
      return .members(["environment": environment(state), "keys": .array(both.map { key($0, outcome) })])
    case .key(let state): return key(state, outcome)
    case .rotation(let successor, let rotated):
      return .members(["key": key(successor, outcome), "rotated": key(rotated)])
    case .integration(let state, let environment, let keys):
      return try integration(state, environment, keys, outcome)
    case .clientSecurity(let state): return clientSecurity(state).adding(secret?.member(named: "secret"))
    case .reveal(let state):
      return JSON.members(["key": .text(state.id)]).adding(secret?.member(named: "secret"))
    }
  }

  /// What a rehearsal answers: the records that would be appended, whole. Nothing in them is secret.
  package static func rehearsal(_ outcomes: [Outcome]) -> JSON {
    .members([
      "dry_run": .bool(true), "events": .array(outcomes.flatMap(\.events).map { Shapes.record($0.record) }),
    ])
  }

  /// What `init` answers.
  package static func founding(
    _ ledger: LedgerID, owner: (id: UserID, token: SecretBytes)?, events: [AppendedEvent]
  ) -> JSON {
    .members([
      "ledger": .text(ledger),
      "owner": owner.map { owner in
        JSON.members(["id": .text(owner.id)]).adding(SecretText(owner.token).member(named: "token"))
      } ?? .null,
      "events": self.events(events),
    ])
  }

  /// Receipts: what was appended, with leaf hashes by which inclusion can be proved later.
  package static func events(_ events: [AppendedEvent]) -> JSON {
    .array(
      events.map { appended in
        .members([
          "sequence": .number(appended.event.sequence), "type": .string(RecordCodec.type(of: appended.event.data)),
          "leaf_hash": .string(Base64.encode(appended.leafHash.bytes)),
        ])
      })
  }

  // MARK: Things

  private func key(_ key: KeyState, _ outcome: Outcome) -> JSON {
    self.key(key, secret: outcome.secrets[key.id].map { SecretText($0) })
  }

  /// Where a token is made the user stands beside it, also in a repeat, which has none to show.
  private func user(_ state: UserState, _ command: Command, token: SecretText?) -> JSON {
    switch command {
    case .addUser, .renewToken: JSON.members(["user": user(state)]).adding(token?.member(named: "token"))
    default: user(state)
    }
  }

  private func ledger(_ state: LedgerState, _ command: Command) -> JSON {
    switch command {
    case .acceptRestored: .members(["ledger": .text(ledgerID), "accepted": .bool(true)])
    default: plan(state)
    }
  }

  /// With the key that connecting made; disconnecting makes none, it ends them.
  private func integration(
    _ state: IntegrationState, _ environment: EnvironmentState, _ keys: [KeyState], _ outcome: Outcome
  ) throws(Refusal) -> JSON {
    // In the order of their events, so the newest is last; a repeat of connecting may be followed by rotations since.
    let newest = try newestKey(of: state, in: environment.id)
    let shape = JSON.members(["integration": integration(state, in: environment.id, newestKey: newest)])
    guard case .integrationConnected = outcome.events.first?.event.data, let made = keys.last else { return shape }
    return shape.adding("key", key(made, outcome))
  }
}

extension JSON {
  /// The same object with the member at its end, where there is one.
  func adding(_ member: JSONMember?) -> JSON { member.map { adding($0.name, $0.value) } ?? self }
}
