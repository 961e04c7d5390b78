import KeyLedger
import LedgerService

extension Call {
  /// A migration with the tokens of the body, or their SHA-256s.
  func migration(of environment: String) throws(Refusal) -> Request {
    let tokens = MigrationTokens(
      client: body.text("client_token"), clientHash: body.text("client_token_sha256"),
      server: body.text("server_token"), serverHash: body.text("server_token_sha256"))
    var request = request(try tokens.command(environment, allowWeak: body.flag("allow_weak") ?? false))
    request.legacySecrets = tokens.secrets
    return request
  }
}
