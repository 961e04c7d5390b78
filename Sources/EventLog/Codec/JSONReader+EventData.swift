import Formats
import KeyLedger

// Members are demanded in the order that RFC 8785 sorts them into.

extension JSONReader {
  @_lifetime(self: copy self)
  mutating func eventData(_ type: EventType, _ known: inout KnownValues) throws(JSONError) -> EventData {
    try beginObject()
    let data = try members(of: type, &known)
    try endObject()
    return data
  }

  @_lifetime(self: copy self)
  private mutating func members(of type: EventType, _ known: inout KnownValues) throws(JSONError) -> EventData {
    switch type {
    case .ledgerCreated:
      let plan: Plan = try member("plan")
      return .ledgerCreated(plan: plan, resources: try catalogue())
    case .ledgerRestored: return .ledgerRestored(try restoration())
    case .planChanged:
      let after: Plan = try member("after")
      return .planChanged(before: try member("before"), after: after)
    case .resourceAdded: return .resourceAdded(try addedResource())
    case .userAdded: return try userAdded()
    case .userRoleChanged:
      let after: Role = try member("after")
      return .userRoleChanged(before: try member("before"), after: after)
    case .userTokenRenewed: return .userTokenRenewed(token: try digest(of: "token_sha256"))
    case .userTokenEnded: return .userTokenEnded
    case .userRemoved: return .userRemoved
    case .userForgotten: return .userForgotten
    case .environmentProvisioned: return .environmentProvisioned(try signingSecret())
    case .integrationConnected: return try integrationConnected(&known)
    case .integrationDisconnected: return .integrationDisconnected(integration: try slug(of: "integration"))
    case .clientSecurityEnforced: return .clientSecurityEnforced
    case .clientSecurityRelaxed: return .clientSecurityRelaxed
    case .clientSecuritySecretRotated: return .clientSecuritySecretRotated(try signingSecret())
    case .clientSecuritySecretRevealed: return .clientSecuritySecretRevealed
    case .keyCreated: return .keyCreated(try keyRecord(&known))
    case .keyMigrated: return .keyMigrated(try keyRecord(&known))
    case .keyRenamed:
      let description = try description(&known)
      return .keyRenamed(name: try text(of: "name"), description: description)
    case .scopeUpdated:
      let after = try scope(of: "after", &known)
      return .scopeUpdated(before: try scope(of: "before", &known), after: after)
    case .keyRotated: return try keyRotated()
    case .graceChanged: return try graceChanged()
    case .keyRevoked: return .keyRevoked
    case .keyRevealed: return .keyRevealed
    case .keyRemoved: return .keyRemoved(integration: try slug(of: "integration"))
    }
  }

  @_lifetime(self: copy self)
  private mutating func catalogue() throws(JSONError) -> [Resource] {
    var resources: [Resource] = []
    try nextMember("resources")
    try beginArray()
    while try nextElement() {
      try beginObject()
      let clientReadable = try flag(of: "client_readable")
      let name = try slug(of: "name")
      let readOnly = try flag(of: "read_only")
      try endObject()
      resources.append(Resource(name: name, clientReadable: clientReadable, readOnly: readOnly))
    }
    return resources
  }

  @_lifetime(self: copy self)
  private mutating func addedResource() throws(JSONError) -> Resource {
    let clientReadable = try flag(of: "client_readable")
    let readOnly = try flag(of: "read_only")
    return Resource(name: try slug(of: "resource"), clientReadable: clientReadable, readOnly: readOnly)
  }

  @_lifetime(self: copy self)
  private mutating func restoration() throws(JSONError) -> Restoration {
    let reason = try text(of: "reason")
    let root = try digest(of: "root")
    try nextMember("shown_root")
    let shownRoot = tryNull() ? nil : try digest()
    try nextMember("shown_size")
    var shown: TreeHead?
    if let shownRoot { shown = TreeHead(size: try count(), root: shownRoot) } else { try readNull() }
    try nextMember("size")
    return Restoration(size: try count(), root: root, shown: shown, reason: reason)
  }

  @_lifetime(self: copy self)
  private mutating func userAdded() throws(JSONError) -> EventData {
    let commitment = try digest(of: "commitment")
    let role: Role = try member("role")
    return .userAdded(commitment: commitment, role: role, token: try digest(of: "token_sha256"))
  }

  @_lifetime(self: copy self)
  private mutating func signingSecret() throws(JSONError) -> SigningSecret {
    try nextMember("signing_generation")
    let generation = try count()
    return SigningSecret(generation: generation, sha256: try digest(of: "signing_sha256"))
  }

  @_lifetime(self: copy self)
  private mutating func integrationConnected(_ known: inout KnownValues) throws(JSONError) -> EventData {
    let integration = try slug(of: "integration")
    try nextMember("key")
    let key = try keyID()
    return .integrationConnected(integration: integration, scope: try scope(of: "scope", &known), key: key)
  }

  @_lifetime(self: copy self)
  private mutating func keyRecord(_ known: inout KnownValues) throws(JSONError) -> KeyRecord {
    let description = try description(&known)
    let fingerprint = try digest(of: "fingerprint")
    try nextMember("integration")
    let integration = try nullableSlug()
    let kind: KeyKind = try member("kind")
    let masked = try text(of: "masked")
    let name = try text(of: "name")
    try nextMember("predecessor")
    let predecessor = try nullableKeyID()
    let revealable = try flag(of: "revealable")
    return KeyRecord(
      kind: kind, name: name, description: description, scope: try scope(of: "scope", &known), fingerprint: fingerprint,
      masked: masked, predecessor: predecessor, integration: integration, revealable: revealable)
  }

  @_lifetime(self: copy self)
  private mutating func keyRotated() throws(JSONError) -> EventData {
    let expiresAt = try time(of: "expires_at")
    let grace: Grace = try member("grace")
    try nextMember("successor")
    return .keyRotated(grace: grace, expiresAt: expiresAt, successor: try keyID())
  }

  @_lifetime(self: copy self)
  private mutating func graceChanged() throws(JSONError) -> EventData {
    let after = try time(of: "after")
    let before = try time(of: "before")
    return .graceChanged(grace: try member("grace"), before: before, after: after)
  }
}

extension JSONReader {
  @inline(__always) @_lifetime(self: copy self)
  private mutating func member<Word: RawRepresentable<String>>(_ name: StaticString) throws(JSONError) -> Word {
    try nextMember(name)
    return try word()
  }

  @inline(__always) @_lifetime(self: copy self)
  private mutating func text(of name: StaticString) throws(JSONError) -> String {
    try nextMember(name)
    return try readString()
  }

  @_lifetime(self: copy self)
  private mutating func description(_ known: inout KnownValues) throws(JSONError) -> String {
    try nextMember("description")
    let text = peekPlainString()
    if let description = known.descriptions.find(text) {
      passOver(text.count)
      return description
    }
    let description = try readString()
    known.descriptions.keep(description, text)
    return description
  }

  @inline(__always) @_lifetime(self: copy self)
  private mutating func flag(of name: StaticString) throws(JSONError) -> Bool {
    try nextMember(name)
    return try readBool()
  }

  @inline(__always) @_lifetime(self: copy self)
  private mutating func digest(of name: StaticString) throws(JSONError) -> Hash256 {
    try nextMember(name)
    return try digest()
  }

  @inline(__always) @_lifetime(self: copy self)
  private mutating func slug(of name: StaticString) throws(JSONError) -> Slug {
    try nextMember(name)
    return try slug()
  }

  @inline(__always) @_lifetime(self: copy self)
  private mutating func time(of name: StaticString) throws(JSONError) -> Instant {
    try nextMember(name)
    return try time()
  }

  @inline(__always) @_lifetime(self: copy self)
  private mutating func scope(of name: StaticString, _ known: inout KnownValues) throws(JSONError) -> Scope {
    try nextMember(name)
    return try scope(&known)
  }
}
