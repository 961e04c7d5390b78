public import Cryptography
package import EventLog
public import KeyLedger

/// What a command did. An object, since it goes from hand to hand and holds much.
public final class Outcome: Sendable {
  /// What it appended, or when `repeated` what the first time appended; empty when nothing had to change.
  package let events: [AppendedEvent]
  /// The same command with the same idempotency key was done before: same ids, no secret.
  public let repeated: Bool
  public let answer: Answer
  /// New secrets by key, this once.
  public let secrets: [KeyID: SecretBytes]
  /// A new access token, or a revealed secret, this once.
  public let secret: SecretBytes?
  /// The moment that the answer rests on.
  public let asOf: Moment
  /// Plan and catalogue at that moment.
  let ledger: LedgerState
  /// Some bytes of a destroyed secret may still be in the vault's WAL: another process was reading.
  public let shredPending: Bool

  init(
    events: [AppendedEvent], repeated: Bool, answer: Answer, secrets: [KeyID: SecretBytes] = [:],
    secret: SecretBytes? = nil, asOf: Moment, ledger: LedgerState, shredPending: Bool = false
  ) {
    self.events = events
    self.repeated = repeated
    self.answer = answer
    self.secrets = secrets
    self.secret = secret
    self.asOf = asOf
    self.ledger = ledger
    self.shredPending = shredPending
  }
}

/// The thing that a command answers with, as it is after the command.
public enum Answer: Sendable {
  case user(UserState)
  case ledger(LedgerState)
  case resource(Resource, LedgerState)
  case environment(EnvironmentState, keys: [KeyState])
  case key(KeyState)
  case rotation(successor: KeyState, rotated: KeyState)
  case integration(IntegrationState, in: EnvironmentState, keys: [KeyState])
  case clientSecurity(EnvironmentState)
  case reveal(KeyState)
}

/// A moment that an answer rests on: events 1 to `sequence`, statuses judged at `time`.
public struct Moment: Sendable, Equatable {
  public let sequence: UInt64
  public let time: Instant
  /// Asked for, rather than now.
  public let isPast: Bool
  /// Rests on events that were recorded after they happened.
  public let restsOnBackfill: Bool

  public init(sequence: UInt64, time: Instant, isPast: Bool = false, restsOnBackfill: Bool = false) {
    self.sequence = sequence
    self.time = time
    self.isPast = isPast
    self.restsOnBackfill = restsOnBackfill
  }
}
