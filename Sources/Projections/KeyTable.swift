package import EventLog
package import KeyLedger

/// The key table and the activity of keys as a fold of the log alone, in memory: for `--replay`, for the verifier, and
/// as the oracle of the views. Pure; knows no database.
///
/// About 600 bytes a key, and its details for each event whose activity is kept.
package struct KeyTableFold: Sendable {
  /// Of which keys the activity is kept.
  package enum Activity: Sendable {
    case none, all
    case of(KeyID)
  }

  private let kept: Activity
  /// Of each key the last one, in the order in which the keys began.
  private var versions: [KeyVersion] = []
  /// The places of keys in `versions`.
  private var numbers = KeyNumbers()
  /// Of the keys of some events at once their places; nil where one has none yet.
  private var places: [Int?] = []
  /// Means nothing: what was read ahead is kept here, so that it is read.
  private var touched: UInt64 = 0
  private var activity: [KeyID: [ActivityRow]] = [:]
  /// The event folded last.
  package private(set) var sequence: UInt64 = 0

  package init(activity: Activity = .none) { kept = activity }

  /// One more event of the log, the next one. `record` is as it is stored.
  package mutating func evolve(_ event: Event, _ record: Span<UInt8>) throws {
    guard let id = fold(event), keeps(id) else { return }
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
  ///
  /// What they will change is looked up for all of them first. Keys lie all over the memory: so the processor waits for
  /// many of them together, and not for each in its turn.
  package mutating func evolve(_ events: Span<Event>) {
    places.removeAll(keepingCapacity: true)
    for index in events.indices {
      if case .key(_, let id) = events[index].stream { places.append(numbers.find(id)) } else { places.append(nil) }
    }
    for place in places {
      if let place { touched &+= versions[place].reach }
    }
    for index in events.indices {
      if let place = places[index] {
        sequence = events[index].sequence
        _ = versions[place].evolve(events[index])
      } else {
        _ = fold(events[index])
      }
    }
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

  /// The key that the event concerns; nil when it leaves no version of one.
  private mutating func fold(_ event: Event) -> KeyID? {
    sequence = event.sequence
    guard case .key(_, let id) = event.stream else { return nil }
    if let place = numbers.find(id) { return versions[place].evolve(event) ? id : nil }
    guard let version = KeyVersion(beginning: event) else { return nil }
    numbers.append(id)
    versions.append(version)
    return id
  }
}

extension KeyTableFold {
  /// The keys, newest first, each as the last event folded left it.
  package func keys(environment: Slug? = nil, includingRemoved: Bool = false) -> [KeyState] {
    versions.map(\.state)
      .filter { (environment == nil || $0.environment == environment) && (includingRemoved || !$0.removed) }
      .reversed()
  }

  package func key(_ id: KeyID) -> KeyState? { numbers.find(id).map { versions[$0].state } }

  /// The event that set the key's end.
  package func endedBy(_ id: KeyID) -> UInt64? { numbers.find(id).flatMap { versions[$0].endedBy } }

  /// What happened to a key, newest first.
  package func activity(of id: KeyID) -> [ActivityRow] { (activity[id] ?? []).reversed() }

  package func key(fingerprint: Hash256) -> KeyState? {
    versions.first { $0.state.fingerprint == fingerprint }?.state
  }
}
