/// What happened. A file format: a case is never renamed and never reused; see `EventLog` for how each is written.
public enum EventData: Equatable, Sendable {
  case ledgerCreated(plan: Plan, resources: [Resource])
  case ledgerRestored(Restoration)
  case planChanged(before: Plan, after: Plan)
  case resourceAdded(Resource)

  case userAdded(commitment: Hash256, role: Role, token: Hash256)
  case userRoleChanged(before: Role, after: Role)
  case userTokenRenewed(token: Hash256)
  case userTokenEnded
  case userRemoved
  case userForgotten

  case environmentProvisioned(SigningSecret)
  case integrationConnected(integration: Slug, scope: Scope, key: KeyID)
  case integrationDisconnected(integration: Slug)
  case clientSecurityEnforced
  case clientSecurityRelaxed
  case clientSecuritySecretRotated(SigningSecret)
  case clientSecuritySecretRevealed

  case keyCreated(KeyRecord)
  case keyMigrated(KeyRecord)
  case keyRenamed(name: String, description: String)
  case scopeUpdated(before: Scope, after: Scope)
  case keyRotated(grace: Grace, expiresAt: Instant, successor: KeyID)
  case graceChanged(grace: Grace, before: Instant, after: Instant)
  case keyRevoked
  case keyRevealed
  case keyRemoved(integration: Slug)
}

/// A key as it begins. The secret is not here: its SHA-256 and a masked form are.
public struct KeyRecord: Equatable, Sendable {
  public let kind: KeyKind
  public let name: String
  public let description: String
  /// For a publishable key, what it could read on the day it was made; since then it follows the catalogue.
  public let scope: Scope
  public let fingerprint: Hash256
  public let masked: String
  public let predecessor: KeyID?
  public let integration: Slug?
  /// Whether the secret was ever in the vault: a token migrated as its SHA-256 never was.
  public let revealable: Bool

  public init(
    kind: KeyKind, name: String, description: String, scope: Scope, fingerprint: Hash256, masked: String,
    predecessor: KeyID? = nil, integration: Slug? = nil, revealable: Bool = true
  ) {
    self.kind = kind
    self.name = name
    self.description = description
    self.scope = scope
    self.fingerprint = fingerprint
    self.masked = masked
    self.predecessor = predecessor
    self.integration = integration
    self.revealable = revealable
  }

  public static func == (a: KeyRecord, b: KeyRecord) -> Bool {
    a.kind == b.kind && sameBytes(a.name, b.name) && sameBytes(a.description, b.description) && a.scope == b.scope
      && a.fingerprint == b.fingerprint && sameBytes(a.masked, b.masked) && a.predecessor == b.predecessor
      && a.integration == b.integration && a.revealable == b.revealable
  }
}

/// Which secret signs customer tokens: its generation, counted from 1, and its SHA-256.
public struct SigningSecret: Hashable, Sendable {
  public let generation: UInt64
  public let sha256: Hash256

  public init(generation: UInt64, sha256: Hash256) {
    self.generation = generation
    self.sha256 = sha256
  }
}

/// An operator accepted a ledger that had lost events it once showed: what it held, and what had been shown.
public struct Restoration: Equatable, Sendable {
  public let size: UInt64
  public let root: Hash256
  /// Nil when there was no readable guard to compare with.
  public let shown: TreeHead?
  public let reason: String

  public init(size: UInt64, root: Hash256, shown: TreeHead?, reason: String) {
    self.size = size
    self.root = root
    self.shown = shown
    self.reason = reason
  }
}

/// The size of a log and the Merkle root at that size.
public struct TreeHead: Hashable, Sendable {
  public let size: UInt64
  public let root: Hash256

  public init(size: UInt64, root: Hash256) {
    self.size = size
    self.root = root
  }
}
