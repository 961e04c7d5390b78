import Cryptography
import EventLog
import KeyLedger
import LedgerService

/// What everybody outside knows: what they were told, and nothing else.
final class World {
  struct Key {
    var state: KeyState
    /// Nil while it was told to nobody: its creation was acknowledged only when it was asked for again.
    var secret: SecretBytes?
  }

  let owner: UserID
  let ownerToken: Hash256
  /// The keys, oldest first, as the last answer about each said it was.
  private(set) var keys: [Key] = []
  private var places: [KeyID: Int] = [:]
  /// The records of the log, as they were seen or acknowledged, by number.
  private(set) var records: [UInt64: [UInt8]] = [:]
  /// Idempotency keys of commands that were refused: no event may carry them.
  private(set) var refused: Set<Hash256> = []
  private(set) var acknowledged = 0

  static let operatorName: OperatorName = {
    guard let name = OperatorName("simulator") else { preconditionFailure("simulator is a name") }
    return name
  }()

  init(_ founding: Founding) throws {
    guard let owner = founding.owner else { throw Fault("a ledger was founded without its owner") }
    self.owner = owner.id
    ownerToken = owner.token.withBytes { Hash256(SHA256.hash($0)) }
    try see(founding.events)
  }

  /// Takes in what a command answered.
  func hear(_ outcome: Outcome) throws {
    acknowledged += 1
    try see(outcome.events)
    for state in outcome.answer.keys { try note(state, outcome.secrets[state.id]) }
    if case .reveal(let state) = outcome.answer, let secret = outcome.secret { try hear(secret, of: state.id) }
  }

  private func hear(_ secret: SecretBytes, of id: KeyID) throws {
    guard let place = places[id] else { throw Fault("key \(id) is revealed, and nobody made it") }
    guard let known = keys[place].secret else {
      keys[place].secret = secret
      return
    }
    guard known.withBytes({ Array($0) }) == secret.withBytes({ Array($0) }) else {
      throw Fault("key \(id) reveals another secret than the one it was made with")
    }
  }

  func hearRefusal(of request: Request) {
    guard let hash = request.idempotencyHash else { return }
    refused.insert(hash)
  }

  /// Takes in what the log holds; what was known of it must be there, unchanged.
  func see(number: UInt64, record: [UInt8]) throws {
    if let known = records[number], known != record { throw Fault("event \(number) is another one than before") }
    records[number] = record
  }

  private func see(_ events: [AppendedEvent]) throws {
    for appended in events { try see(number: appended.event.sequence, record: appended.record) }
  }

  private func note(_ state: KeyState, _ secret: SecretBytes?) throws {
    if let place = places[state.id] {
      keys[place].state = state
    } else {
      places[state.id] = keys.count
      keys.append(Key(state: state, secret: secret))
    }
  }
}

/// Something that must not be.
struct Fault: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension Answer {
  /// The keys that it tells of.
  var keys: [KeyState] {
    switch self {
    case .key(let key), .reveal(let key): [key]
    case .rotation(let successor, let rotated): [rotated, successor]
    case .environment(_, let keys), .integration(_, _, let keys): keys
    case .user, .ledger, .resource, .clientSecurity: []
    }
  }
}

extension Request {
  /// As events carry it (contract §2); nil where there is none.
  var idempotencyHash: Hash256? {
    guard let idempotencyKey else { return nil }
    let actor: Actor =
      switch credential {
      case .operator(let name): .operator(name)
      case .user(let id, _): .user(id)
      case .key(_, let id): .key(id)
      case .author(_, let name): .operator(name)
      }
    return Hash256(SHA256.hash(Array(actor.description.utf8) + [0] + Array(idempotencyKey.utf8)))
  }
}
