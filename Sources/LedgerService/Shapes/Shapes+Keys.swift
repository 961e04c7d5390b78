import EventLog
package import Formats
package import KeyLedger

extension Shapes {
  /// A key as it was at the moment.
  ///
  /// - Parameter secret: a new one, shown this once.
  package func key(_ key: KeyState, secret: SecretText? = nil) -> JSON {
    let status = key.status(at: moment.time)
    var reason: EndReason?
    if case .expired(let because) = status { reason = because }
    let shape = JSON.members([
      "id": .text(key.id), "environment": .text(key.environment), "kind": .string(key.kind.rawValue),
      "type": .string(key.kind.shownType), "class": .string(key.kind.keyClass.rawValue), "name": .string(key.name),
      "description": .string(key.description), "masked": .string(key.masked),
      "fingerprint": .string(Hex.encode(key.fingerprint.bytes)), "status": .string(status.word),
      "expired_because": reason.map { .string($0.rawValue) } ?? .null, "expires_at": .time(key.expiresAt),
      "created_at": .time(key.createdAt), "created_by": .text(key.createdBy), "scope": .scope(scope(of: key)),
      "predecessor": .text(key.predecessor), "successor": .text(key.successor), "integration": .text(key.integration),
      "revealable": .bool(key.revealable), "revision": .number(key.revision), "last_event": .number(key.lastEvent),
    ])
    return secret.map { shape.adding($0.member(named: "secret")) } ?? shape
  }

  /// `key show`, with its last use.
  package func shownKey(_ key: KeyState) -> JSON { shown(listedKeys([key])[0]) }

  /// Keys with their last uses. As of the past nothing is said of those: the journal is no history.
  package func listedKeys(_ keys: [KeyState]) -> [JSON] {
    let shapes = keys.map { key($0) }
    guard !moment.isPast else { return shapes.map { $0.adding("last_used", .null) } }
    return zip(shapes, queries.lastUses(of: keys.map(\.id))).map { $0.adding("last_used", lastUse($1)) }
  }

  private func lastUse(_ use: LastUse) -> JSON {
    .members(["at": .time(use.at), "count": .integer(use.count), "since": .time(use.since)])
  }

  /// A page of the access journal.
  package func access(_ page: AccessPage) -> JSON {
    let unlisted: [VerificationOutcome] = [.unknown, .malformed]
    return .members([
      "access": .array(page.entries.map(operation)),
      "unlisted": .object(unlisted.map { JSONMember($0.rawValue, .integer(page.unlisted[$0] ?? 0)) }),
      "dropped": .integer(page.dropped), "since": .time(page.since), "as_of": asOf,
    ])
  }

  private func operation(_ entry: AccessEntry) -> JSON {
    .members([
      "time": .time(entry.time), "method": .string(entry.method), "path": .string(entry.path),
      "permission": .text(entry.permission), "key": .text(entry.key), "outcome": .string(entry.outcome.rawValue),
    ])
  }

  /// What it may do at the moment: what was granted, or inherited from the catalogue as it was.
  func scope(of key: KeyState) -> Scope { ledger.map { key.effectiveScope(in: $0) } ?? key.scope }

  /// - Parameter chain: the entries are of several keys, so each names its own.
  package func activity(of key: KeyState, _ entries: [ActivityEntry], chain: Bool = false) -> JSON {
    .members([
      "key": .text(key.id),
      "activity": .array(
        entries.map { entry in
          let shape = activity(entry)
          return chain ? shape.adding("key", .text(entry.key)) : shape
        }),
      "as_of": asOf,
    ])
  }

  private func activity(_ entry: ActivityEntry) -> JSON {
    .members([
      "sequence": .number(entry.sequence), "timestamp": .time(entry.time), "event": .string(entry.label),
      "type": .string(entry.type), "actor": .text(entry.actor), "actor_name": .text(name(of: entry.actor)),
      "details": entry.details,
    ])
  }

  /// As of the past `was_valid`, and the event that decided.
  package func check(_ result: CheckResult) -> JSON {
    let valid = moment.isPast ? "was_valid" : "valid"
    let shape = JSON.members([
      valid: .bool(result.isValid), "outcome": .string(result.outcome.rawValue),
      "key": result.key.map { key($0) } ?? .null, "permission": .text(result.permission),
    ])
    guard moment.isPast else { return shape.adding("as_of", asOf) }
    return shape.adding("decided_by", result.decidedBy.map(decision) ?? .null).adding("as_of", asOf)
  }

  private func decision(_ event: Event) -> JSON {
    .members([
      "sequence": .number(event.sequence), "type": .string(RecordCodec.type(of: event.data)),
      "time": .time(event.time),
    ])
  }

  package func whose(_ key: KeyState?) -> JSON {
    .members(["found": .bool(key != nil), "key": key.map { self.key($0) } ?? .null])
  }
}
