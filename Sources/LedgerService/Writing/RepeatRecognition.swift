import Cryptography
import EventLog
import KeyLedger
import Projections
import Transparency
import Vault

/// The views do not know what they should, so that a repeat might pass for new: they are given up, and the log is read.
struct ViewsCannotBeTrusted: Error {}

/// Finds what a command with the same idempotency key did before: same ids, and no secret a second time.
struct RepeatRecognition {
  let log: any LogWriter
  let vault: Vault
  /// Where the keys before the beginning of the index are found.
  let views: Views?

  /// Nil when this is the first time. Throws `idempotency_mismatch` when the key was used for something else, and
  /// `ViewsCannotBeTrusted`.
  func outcome(of command: Command, key: Hash256, at now: Instant, _ set: inout WorkingSet) throws -> Outcome? {
    guard let first = try firstEvent(key, &set) else { return nil }
    let events = try eventsOfCommand(from: first, key, through: set.size)
    guard let mark = events.first?.event.marks.idempotency else { return nil }
    let request = RequestHash(commitment: try commitment(for: command, events[0].event, &set))
    guard request.hash(command) == mark.request else {
      throw Refusal(
        .idempotencyMismatch,
        "This idempotency key was used for another request; give the new request a key of its own.")
    }
    let answer = try Answers.changed(command, by: events, log, &set)
    return Outcome(
      events: events, repeated: true, answer: answer, asOf: Moment(sequence: set.size, time: now),
      ledger: try set.ledger(log))
  }

  /// The index finds, the log decides.
  private func firstEvent(_ key: Hash256, _ set: inout WorkingSet) throws -> UInt64? {
    try set.repeats?.advance(log, to: set.size)
    guard let repeats = set.repeats else { preconditionFailure("nobody has begun the index of idempotency keys") }
    if let sequence = repeats.sequence(of: key) { return sequence }
    if repeats.beginning == 0 { return nil }
    guard let views else { throw ViewsCannotBeTrusted() }
    do {
      guard let sequence = try views.firstEvent(idempotency: key) else {
        // Silence counts only from views that stand where they stood, and have not lost all.
        guard try views.knowsIdempotencyKeys(through: repeats.beginning, counting: false) else {
          throw ViewsCannotBeTrusted()
        }
        return nil
      }
      guard try log.event(sequence)?.marks.idempotency?.key == key else { throw ViewsCannotBeTrusted() }
      return sequence
    } catch is ViewsError {
      throw ViewsCannotBeTrusted()
    }
  }

  /// A command's events stand together and all carry its key.
  private func eventsOfCommand(from first: UInt64, _ key: Hash256, through size: UInt64) throws -> [AppendedEvent] {
    var found: [AppendedEvent] = []
    var (sequence, isOurs) = (first, true)
    // One by one: a page would be some hundred records for the few that a command has, read under the write lock.
    while isOurs, sequence <= size {
      isOurs = false
      try log.eventsInOrder(after: sequence - 1, through: sequence) { event, record in
        isOurs = event.marks.idempotency?.key == key
        if isOurs {
          let leafHash = MerkleTree.leafHash(record)
          found.append(AppendedEvent(event: event, record: record.indices.map { record[$0] }, leafHash: leafHash))
        }
        return isOurs
      }
      sequence += 1
    }
    return found
  }

  /// The commitment to the handle asked for, if it is the one of then; nil once that is forgotten or lost, so that the
  /// request matches no more.
  private func commitment(for command: Command, _ event: Event, _ set: inout WorkingSet) throws -> Hash256? {
    guard case .addUser(let handle, _) = command, case .user(let id) = event.stream,
      try set.handleBook(log, vault).holder(of: handle) == id
    else { return nil }
    return try set.user(id, log)?.commitment
  }
}
