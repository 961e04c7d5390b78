/// What somebody wants done, as it was typed: names are judged by the decider, targets are found by whoever loads
/// the situation, and a target that is no id of ours is simply not found.
public enum Command: Equatable, Sendable {
  case addUser(handle: String, role: Role)
  case changeRole(user: String, role: Role)
  case renewToken(user: String)
  case endToken(user: String)
  case removeUser(user: String)
  case forgetUser(user: String)

  case changePlan(Plan)
  case addResource(name: String, clientReadable: Bool, readOnly: Bool)

  case provisionEnvironment(String)
  case migrateEnvironment(String, client: LegacyToken?, server: LegacyToken?, allowWeak: Bool)

  case createKey(environment: String, name: String, description: String, scope: [String])
  case renameKey(key: String, name: String?, description: String?)
  case changeScope(key: String, scope: [String])
  case rotateKey(key: String, grace: String)
  case changeGrace(key: String, grace: String)
  case revokeKey(key: String)
  case revealKey(key: String)

  case connectIntegration(name: String, environment: String, scope: [String])
  case disconnectIntegration(name: String, environment: String)

  case enforceClientSecurity(environment: String)
  case relaxClientSecurity(environment: String)
  case rotateSigningSecret(environment: String)
  case revealSigningSecret(environment: String)

  case acceptRestored(reason: String)
}

/// A secret that another system issued and that shall go on working. The token itself stays outside.
public struct LegacyToken: Equatable, Sendable {
  public let fingerprint: Hash256
  public let masked: String
  /// Nil when only the SHA-256 was given: then it verifies, and can never be revealed.
  public let strength: TokenStrength?

  public init(fingerprint: Hash256, masked: String, strength: TokenStrength?) {
    self.fingerprint = fingerprint
    self.masked = masked
    self.strength = strength
  }
}
