package import EventLog
package import KeyLedger

/// The key table and the activity of keys as a fold of the log alone, in memory: for `--replay`, for the verifier, and
/// as the oracle of the views. Pure; knows no database.
///
/// About 300 bytes a key, and its details for each event whose activity is kept.
package struct KeyTableFold: Sendable {
  /// Of which keys the activity is kept.
  package enum Activity: Sendable {
    case none, all
    case of(KeyID)
  }

  private let kept: Activity
  private var states = KeyStates()
  private var activity: [KeyID: [ActivityRow]] = [:]
  /// The event folded last.
  package private(set) var sequence: UInt64 = 0

  package init(activity: Activity = .none) { kept = activity }

  /// One more event of the log, the next one. `record` is as it is stored.
  package mutating func evolve(_ event: Event, _ record: Span<UInt8>) throws {
    guard let place = fold(event), keeps(states.list[place].id) else { return }
    let id = states.list[place].id
    let data = record.extracting(try RecordParts.data(of: record))
    let details = unsafe data.withUnsafeBufferPointer { unsafe Array($0) }
    activity[id, default: []].append(
      ActivityRow(
        sequence: event.sequence, time: event.time, type: RecordCodec.type(of: event.data), actor: event.actor,
        details: details))
  }

  /// One more event, where no activity is asked for.
  package mutating func evolve(_ event: Event) { _ = fold(event) }

  /// The next events of the log, where no activity is asked for.
  package mutating func evolve(_ events: Span<Event>) {
    states.evolve(events)
    if !events.isEmpty { sequence = events[events.count - 1].sequence }
  }

  /// The log's events up to and including `through`.
  package static func replay(
    _ log: any LogReader, through: UInt64, activity: Activity = .none
  ) throws -> KeyTableFold {
    var table = KeyTableFold(activity: activity)
    try log.eventsInOrder(after: 0, through: through) { event, record in
      try table.evolve(event, record)
      return true
    }
    return table
  }

  private func keeps(_ id: KeyID) -> Bool {
    switch kept {
    case .none: false
    case .all: true
    case .of(let wanted): id == wanted
    }
  }

  /// The place of the key that the event concerns; nil when it leaves no version of one.
  private mutating func fold(_ event: Event) -> Int? {
    sequence = event.sequence
    return states.evolve(event)
  }
}

extension KeyTableFold {
  /// The keys, newest first, each as the last event folded left it.
  package func keys(environment: Slug? = nil, includingRemoved: Bool = false) -> [KeyState] {
    states.list
      .filter { (environment == nil || $0.environment == environment) && (includingRemoved || !$0.removed) }
      .reversed()
  }

  package func key(_ id: KeyID) -> KeyState? { states.place(of: id).map { states.list[$0] } }

  /// What happened to a key, newest first.
  package func activity(of id: KeyID) -> [ActivityRow] { (activity[id] ?? []).reversed() }

  package func key(fingerprint: Hash256) -> KeyState? {
    states.list.first { $0.fingerprint == fingerprint }
  }
}
