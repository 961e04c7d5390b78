package import KeyLedger

/// A key as one event left it, and until which event it was so.
package struct KeyVersion: Equatable, Sendable {
  package let state: KeyState
  /// The event that set the end which the key now has: its rotation, a change of grace, its revocation or removal.
  package let endedBy: UInt64?
  /// When the event that made this version happened; its number is `state.lastEvent`.
  package let from: Instant
  /// The event that made the next version; nil while this one holds.
  package let to: Place?

  /// A moment in the log.
  package struct Place: Hashable, Sendable {
    package let sequence: UInt64
    package let time: Instant

    package init(sequence: UInt64, time: Instant) {
      self.sequence = sequence
      self.time = time
    }
  }

  /// What `event` makes of a key; nil when it leaves no version: an event of another stream, or one that comes before
  /// its key begins. `prior` is the key with the id of the event's stream.
  static func after(_ event: Event, _ prior: KeyVersion?) -> KeyVersion? {
    guard case .key(let environment, _) = event.stream else { return nil }
    guard let prior else {
      return KeyState(beginning: event).map { KeyVersion(state: $0, endedBy: nil, from: event.time, to: nil) }
    }
    // Ids are unique in a ledger; in a log where one is not, the first environment to have it keeps it.
    guard prior.state.environment == environment else { return nil }
    var state = prior.state
    state.evolve(event)
    // That a grace which has passed is made final by a later event does not make it that event's.
    let isSameEnd = state.ending?.because == prior.state.ending?.because && state.expiresAt == prior.state.expiresAt
    let endedBy = isSameEnd ? prior.endedBy : event.sequence
    return KeyVersion(state: state, endedBy: endedBy, from: event.time, to: nil)
  }
}

/// One line of what happened to a key.
package struct ActivityRow: Equatable, Sendable {
  package let sequence: UInt64
  package let time: Instant
  /// As records name it, such as `key.rotated`.
  package let type: String
  package let actor: Actor
  /// The JSON object `data` of the record, as stored.
  package let details: [UInt8]

  package init(sequence: UInt64, time: Instant, type: String, actor: Actor, details: [UInt8]) {
    self.sequence = sequence
    self.time = time
    self.type = type
    self.actor = actor
    self.details = details
  }
}
