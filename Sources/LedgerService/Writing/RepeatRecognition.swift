import Cryptography
import EventLog
import KeyLedger
import Projections
import Transparency
import Vault

/// Finds what a command with the same idempotency key did before: same ids, and no secret a second time.
struct RepeatRecognition {
  let log: any LogWriter
  let vault: Vault
  /// Where the keys of long ago are found; nil when the log was read whole instead.
  let views: Views?

  /// Nil when this is the first time. Throws `idempotency_mismatch` when the key was used for something else.
  func outcome(of command: Command, key: String, by actor: Actor, at now: Instant, _ set: inout WorkingSet) throws
    -> Outcome?
  {
    guard let hash = IdempotencyKey.hash(key, of: actor) else {
      throw Refusal(.badUsage, "An idempotency key is 1 to 255 printable ASCII characters.")
    }
    guard let first = try firstEvent(hash, &set) else { return nil }
    let events = try eventsOfCommand(from: first, hash, through: set.size)
    guard let mark = events.first?.event.marks.idempotency else { return nil }
    let request = RequestHash(user: { $0 }, commitment: try commitment(for: command, events[0].event))
    guard request.hash(command) == mark.request else {
      throw Refusal(
        .idempotencyMismatch,
        "This idempotency key was used for another request; give the new request a key of its own.")
    }
    let answer = try Answers(set).changed(command, by: events.map(\.event), log, &set)
    return Outcome(
      events: events, repeated: true, answer: answer, secrets: [:], secret: nil,
      asOf: Moment(sequence: set.size, time: now))
  }

  /// The index finds, the log decides.
  private func firstEvent(_ hash: Hash256, _ set: inout WorkingSet) throws -> UInt64? {
    try set.repeats.advance(log, to: set.size)
    guard let sequence = try set.repeats.sequence(of: hash) ?? views?.firstEvent(idempotency: hash) else { return nil }
    return try log.event(sequence)?.marks.idempotency?.key == hash ? sequence : nil
  }

  /// A command's events stand together and all carry its key.
  private func eventsOfCommand(from first: UInt64, _ hash: Hash256, through size: UInt64) throws -> [AppendedEvent] {
    var found: [AppendedEvent] = []
    try log.eventsInOrder(after: first - 1, through: size) { event, record in
      guard event.marks.idempotency?.key == hash else { return false }
      found.append(
        AppendedEvent(event: event, record: record.indices.map { record[$0] }, leafHash: MerkleTree.leafHash(record)))
      return true
    }
    return found
  }

  /// What the handle asked for now would be committed to with the salt of then; nil once that is destroyed, so that the
  /// request matches no more.
  private func commitment(for command: Command, _ event: Event) throws -> Hash256? {
    guard case .addUser(let handle, _) = command, case .user(let id) = event.stream,
      let opened = try vault.open(owner: id.description, kind: VaultKind.handle),
      let sealed = opened.withBytes({ SealedHandle(content: $0) })
    else { return nil }
    return SealedHandle(salt: sealed.salt, handle: handle).commitment
  }
}
