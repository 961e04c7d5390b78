package import Formats
package import KeyLedger

extension Shapes {
  package func environment(_ environment: EnvironmentState) -> JSON {
    let connected = environment.integrations.values.filter(\.isConnected).map(\.name).sorted()
    return .members([
      "id": .text(environment.id), "created_at": .time(environment.provisioned.time),
      "created_by": .text(environment.provisioned.actor), "enforced": .bool(environment.isEnforced),
      "signing_generation": .number(environment.signing.generation),
      "integrations": .array(connected.map { .string($0.text) }), "revision": .number(environment.revision),
      "last_event": .number(environment.lastEvent),
    ])
  }

  package func clientSecurity(_ environment: EnvironmentState) -> JSON {
    .members([
      "environment": .text(environment.id), "enforced": .bool(environment.isEnforced),
      "signing_generation": .number(environment.signing.generation),
    ])
  }

  /// With the handle as it is known today; what is forgotten is forgotten for every moment.
  package func user(_ user: UserState) -> JSON {
    let (handle, word) = shown(handle(of: user))
    return .members([
      "id": .text(user.id), "handle": .text(handle), "handle_state": .string(word),
      "role": .string(user.role.rawValue), "state": .string(state(of: user)), "token": .string(token(of: user)),
      "added_at": .time(user.added.time), "added_by": .text(user.added.actor), "revision": .number(user.revision),
      "last_event": .number(user.lastEvent),
    ])
  }

  private func shown(_ handle: HandleState) -> (String?, String) {
    switch handle {
    case .known(let text): (text, "known")
    case .forgotten: (nil, "forgotten")
    case .lost: (nil, "lost")
    case .unavailable: (nil, "unavailable")
    case .mismatch: (nil, "mismatch")
    }
  }

  private func state(of user: UserState) -> String {
    user.forgotten ? "forgotten" : user.removed == nil ? "active" : "removed"
  }

  /// `must_be_renewed`: handed over by another user, so good for nothing but renewing it.
  private func token(of user: UserState) -> String {
    user.token == nil ? "none" : user.mustRenewToken ? "must_be_renewed" : "good"
  }

  /// The catalogue at the moment, newest first; empty before the ledger was founded.
  package var resources: [JSON] { ledger.map { resources(of: $0) } ?? [] }

  /// Newest first, those of the founding in the order of the catalogue.
  private func resources(of ledger: LedgerState) -> [JSON] {
    ledger.resources.enumerated().sorted { a, b in
      let first = ledger.added[a.element.name]?.sequence ?? 0
      let second = ledger.added[b.element.name]?.sequence ?? 0
      return first != second ? first > second : a.offset < b.offset
    }.map { resource($0.element, of: ledger) }
  }

  package func resource(_ resource: Resource, of ledger: LedgerState) -> JSON {
    .members([
      "name": .text(resource.name), "client_readable": .bool(resource.clientReadable),
      "read_only": .bool(resource.readOnly), "added_at": .time(ledger.added[resource.name]?.time),
    ])
  }

  package func plan(_ ledger: LedgerState) -> JSON { .members(["plan": .string(ledger.plan.rawValue)]) }

  package func integration(_ integration: IntegrationState, in environment: Slug, newestKey: KeyID) -> JSON {
    .members([
      "name": .text(integration.name), "environment": .text(environment), "scope": .scope(integration.scope),
      "key": .text(newestKey), "status": .string(integration.isConnected ? "connected" : "disconnected"),
      "connected_at": .time(integration.connected.time), "connected_by": .text(integration.connected.actor),
      "disconnected_at": .time(integration.disconnected?.time),
      "disconnected_by": .text(integration.disconnected?.actor),
    ])
  }
}
