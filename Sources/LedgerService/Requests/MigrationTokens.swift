public import Cryptography
public import KeyLedger

/// The tokens of one environment, as they were given.
public struct MigrationTokens: Sendable {
  public var client: SecretBytes?
  public var clientHash: String?
  public var server: SecretBytes?
  public var serverHash: String?

  public init() {}

  /// Tokens as text.
  public init(client: String?, clientHash: String?, server: String?, serverHash: String?) {
    self.client = client.map { SecretBytes(Array($0.utf8)) }
    self.clientHash = clientHash
    self.server = server.map { SecretBytes(Array($0.utf8)) }
    self.serverHash = serverHash
  }

  /// What stays outside of the command.
  public var secrets: LegacySecrets { LegacySecrets(client: client, server: server) }

  /// `bad_usage` for a token given twice over, or none at all.
  public func command(_ environment: String, allowWeak: Bool) throws(Refusal) -> Command {
    let clientToken = try legacy("client", client, clientHash)
    let serverToken = try legacy("server", server, serverHash)
    guard clientToken != nil || serverToken != nil else {
      throw Refusal(
        .badUsage, "A migration needs a client token or a server token; `env create` provisions without any.")
    }
    return .migrateEnvironment(environment, client: clientToken, server: serverToken, allowWeak: allowWeak)
  }

  private func legacy(_ which: String, _ token: SecretBytes?, _ hash: String?) throws(Refusal) -> LegacyToken? {
    switch (token, hash) {
    case (nil, nil): return nil
    case (.some(let token), nil): return token.withBytes { SecretForm.legacyToken($0) }
    case (nil, .some(let hash)):
      guard let legacy = SecretForm.legacyToken(sha256: hash) else {
        throw Refusal(.badUsage, "The SHA-256 of the \(which) token is 64 lower-case hex characters.")
      }
      return legacy
    case (.some, .some):
      throw Refusal(.badUsage, "The \(which) token is given twice, itself and as its SHA-256; give one of them.")
    }
  }
}
