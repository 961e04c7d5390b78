import Formats
import KeyLedger

extension RecordCodec {
  /// - Parameter data: the member `data` as it stands in a record of an old version; nil to write the event's own.
  static func encode(_ event: Event, ledger: LedgerID, dataVersion: Int, data: [UInt8]?) -> [UInt8] {
    let type = event.data.type
    precondition(type.belongs(to: event.stream), "an event in a stream of another kind")
    var out = JSONWriter(capacity: expectedBytes)
    out.beginObject()
    out.field("actor", event.actor.description)
    out.member("data")
    if let data { out.raw(data) } else { out.data(event.data) }
    if dataVersion > 1 { out.field("dataversion", String(dataVersion)) }
    out.member("id")
    out.string(decimal: number(event.sequence))
    if let idempotency = event.marks.idempotency { out.field("idempotencykey", idempotency.key) }
    if let recorded = event.marks.recorded {
      out.field("recordedby", recorded.by.description)
      out.field("recordedtime", recorded.time)
    }
    if let idempotency = event.marks.idempotency { out.field("requesthash", idempotency.request) }
    out.field("source", "/ledgers/" + ledger.description)
    out.field("specversion", "1.0")
    out.field("subject", event.stream.description)
    out.field("time", event.time)
    if let traceparent = event.marks.traceparent {
      precondition(TraceParent.isValid(traceparent), "not the shape of a W3C traceparent")
      out.field("traceparent", traceparent)
    }
    out.member("type")
    out.string(type.name)
    out.endObject()
    return out.bytes
  }

  /// A new key's record with the mark of its command, and names as they usually are.
  private static let expectedBytes = 896

  /// A count as JSON carries it.
  static func number(_ value: UInt64) -> Int64 {
    precondition(value <= UInt64(JSONLimits.greatestInteger), "a number beyond 2^53 - 1")
    return Int64(value)
  }
}

// Members stand in the order that RFC 8785 sorts them into.
extension JSONWriter {
  fileprivate mutating func data(_ data: EventData) {
    beginObject()
    switch data {
    case .ledgerCreated(let plan, let resources):
      field("plan", plan.rawValue)
      catalogue(resources)
    case .ledgerRestored(let data): restoration(data)
    case .planChanged(let before, let after): change(before.rawValue, after.rawValue)
    case .resourceAdded(let resource):
      field("client_readable", resource.clientReadable)
      field("read_only", resource.readOnly)
      field("resource", resource.name.text)
    case .userAdded(let commitment, let role, let token):
      field("commitment", commitment)
      field("role", role.rawValue)
      field("token_sha256", token)
    case .userRoleChanged(let before, let after): change(before.rawValue, after.rawValue)
    case .userTokenRenewed(let token): field("token_sha256", token)
    case .environmentProvisioned(let secret), .clientSecuritySecretRotated(let secret):
      field("signing_generation", secret.generation)
      field("signing_sha256", secret.sha256)
    case .integrationConnected(let integration, let scope, let key):
      field("integration", integration.text)
      field("key", key.description)
      field("scope", scope)
    case .integrationDisconnected(let integration), .keyRemoved(let integration):
      field("integration", integration.text)
    case .keyCreated(let record), .keyMigrated(let record): key(record)
    case .keyRenamed(let name, let description):
      field("description", description)
      field("name", name)
    case .scopeUpdated(let before, let after):
      field("after", after)
      field("before", before)
    case .keyRotated(let grace, let expiresAt, let successor):
      field("expires_at", expiresAt)
      field("grace", grace.rawValue)
      field("successor", successor.description)
    case .graceChanged(let grace, let before, let after):
      field("after", after)
      field("before", before)
      field("grace", grace.rawValue)
    case .userTokenEnded, .userRemoved, .userForgotten, .clientSecurityEnforced, .clientSecurityRelaxed,
      .clientSecuritySecretRevealed, .keyRevoked, .keyRevealed:
      break
    }
    endObject()
  }

  private mutating func change(_ before: String, _ after: String) {
    field("after", after)
    field("before", before)
  }

  private mutating func key(_ record: KeyRecord) {
    field("description", record.description)
    field("fingerprint", record.fingerprint)
    field("integration", record.integration?.text)
    field("kind", record.kind.rawValue)
    field("masked", record.masked)
    field("name", record.name)
    field("predecessor", record.predecessor?.description)
    field("revealable", record.revealable)
    field("scope", record.scope)
  }

  private mutating func restoration(_ data: Restoration) {
    field("reason", data.reason)
    field("root", data.root)
    if let shown = data.shown {
      field("shown_root", shown.root)
      field("shown_size", shown.size)
    } else {
      field("shown_root", nil)
      field("shown_size", nil)
    }
    field("size", data.size)
  }

  private mutating func catalogue(_ resources: [Resource]) {
    member("resources")
    beginArray()
    for resource in resources {
      beginObject()
      field("client_readable", resource.clientReadable)
      field("name", resource.name.text)
      field("read_only", resource.readOnly)
      endObject()
    }
    endArray()
  }
}

extension JSONWriter {
  fileprivate mutating func field(_ name: StaticString, _ text: String?) {
    member(name)
    string(text)
  }

  fileprivate mutating func field(_ name: StaticString, _ value: Bool) {
    member(name)
    bool(value)
  }

  fileprivate mutating func field(_ name: StaticString, _ count: UInt64) {
    member(name)
    integer(RecordCodec.number(count))
  }

  fileprivate mutating func field(_ name: StaticString, _ instant: Instant) {
    member(name)
    time(milliseconds: instant.milliseconds)
  }

  fileprivate mutating func field(_ name: StaticString, _ scope: Scope) {
    member(name)
    beginArray()
    switch scope {
    case .everything: string("*")
    case .permissions(let list):
      precondition(scope.isInForm, "a scope that is not sorted, or says something twice")
      for permission in list { string(permission.description) }
    }
    endArray()
  }

  fileprivate mutating func field(_ name: StaticString, _ digest: Hash256) {
    member(name)
    var text = InlineArray<64, UInt8>(repeating: 0)
    let words = digest.words
    for (row, word) in [words.0, words.1, words.2, words.3].enumerated() {
      for column in 0..<16 {
        text[row * 16 + column] = Hex.digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * column)) & 15)
      }
    }
    string(ascii: text.span)
  }
}
