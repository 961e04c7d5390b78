package import KeyLedger

/// A key as one event left it, and until which event it was so.
package struct KeyVersion: Equatable, Sendable {
  // Before the state, of which the beginning is looked at with these.
  /// When the event that made this version happened; its number is `state.lastEvent`.
  package private(set) var from: Instant
  /// The event that made the next version; nil while this one holds.
  package internal(set) var to: Place?
  /// The event that set the end which the key now has: its rotation, a change of grace, its revocation or removal.
  package private(set) var endedBy: UInt64?
  package private(set) var state: KeyState

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
    guard var version = prior else { return KeyVersion(beginning: event) }
    return version.evolve(event) ? version : nil
  }

  /// Nil for an event that does not begin a key.
  init?(beginning event: Event) {
    guard let state = KeyState(beginning: event) else { return nil }
    self.init(state: state, endedBy: nil, from: event.time, to: nil)
  }

  init(state: KeyState, endedBy: UInt64?, from: Instant, to: Place?) {
    self.state = state
    self.endedBy = endedBy
    self.from = from
    self.to = to
  }

  /// Read from what an event looks at and changes, in steps of less than a line of the processor's cache, so that all of it
  /// is there afterwards.
  var reach: UInt64 {
    UInt64(bitPattern: from.milliseconds) &+ UInt64(truncatingIfNeeded: state.id.ulid.bits) &+ state.lastEvent
      &+ UInt64(truncatingIfNeeded: state.name.utf8.count) &+ (state.removed ? 1 : 0)
  }

  /// The version that `event` makes of this one. False, and it stays as it is, for an event of another stream.
  mutating func evolve(_ event: Event) -> Bool {
    // Ids are unique in a ledger; in a log where one is not, the first environment to have it keeps it.
    guard case .key(let environment, _) = event.stream, state.environment == environment else { return false }
    let before = state.ending
    state.evolve(event)
    // That a grace which has passed is made final by a later event does not make it that event's.
    if state.ending?.because != before?.because || state.ending?.at != before?.at { endedBy = event.sequence }
    from = event.time
    to = nil
    return true
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
