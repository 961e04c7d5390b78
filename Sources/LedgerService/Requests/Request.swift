public import Cryptography
public import KeyLedger

/// One command with all that comes with it.
public struct Request: Sendable {
  public var command: Command
  public var credential: Credential
  /// 1 to 255 printable ASCII characters; belongs to its actor, for ever.
  public var idempotencyKey: String?
  public var traceparent: String?
  public var expectedRevision: UInt64?
  /// When it really happened, for the history of another system: then this is the clock of the command.
  public var backfilledAt: Instant?
  /// The tokens of a migration themselves; the command holds what may be logged of them.
  public var legacySecrets = LegacySecrets()

  public init(_ command: Command, by credential: Credential) {
    self.command = command
    self.credential = credential
  }
}

extension Request {
  /// What can be said of a request without looking at any ledger.
  func checkUsage() throws(Refusal) {
    if let idempotencyKey, !IdempotencyKey.isValid(idempotencyKey) {
      throw Refusal(.badUsage, "An idempotency key is 1 to 255 printable ASCII characters.")
    }
    try checkTextsHoldNoSecret()
    switch (credential, backfilledAt) {
    case (.author, .some(let time)):
      guard time.fitsInID else {
        throw Refusal(
          .badUsage, "The time lies before 1970, which no id can hold; begin the history later.", field: "time")
      }
    case (.author, nil), (.operator, .some), (.user, .some), (.key, .some):
      throw Refusal(.badUsage, "In a backfill every command has an author and a time, elsewhere neither.")
    case (.operator, nil), (.user, nil), (.key, nil): return
    }
  }
}

public struct LegacySecrets: Sendable {
  public var client: SecretBytes?
  public var server: SecretBytes?

  public init(client: SecretBytes? = nil, server: SecretBytes? = nil) {
    self.client = client
    self.server = server
  }
}

/// Who calls, established before the queue; what they may is judged at the head of the log.
public enum Credential: Sendable {
  case `operator`(OperatorName)
  case user(UserID, token: Hash256)
  case key(Slug, KeyID)
  /// In a backfill: who did it, as the file says it (`user:HANDLE_OR_ID`, `operator:NAME`, `key:ID`). `by` runs the backfill.
  case author(String, by: OperatorName)
}
