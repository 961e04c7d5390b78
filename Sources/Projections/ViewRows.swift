internal import EventLog
internal import KeyLedger
internal import SQLite
internal import Transparency

/// The rows that a stretch of the log makes, each table's in the order of the events. Refilled again and again it
/// allocates nothing.
struct ViewRows: Sendable {
  private(set) var versions = RowValues()
  private(set) var activity = RowValues()
  private(set) var idempotency = RowValues()
  /// The event before the stretch.
  private(set) var after: UInt64 = 0
  /// Where the log stands with the stretch's last event.
  var frontier = Frontier()
  /// How many idempotency keys were used up to there.
  var idempotencyKeys: UInt64 = 0

  mutating func restart(after: UInt64) {
    self.after = after
    versions.removeAll()
    activity.removeAll()
    idempotency.removeAll()
  }

  /// What a key was until event `sequence`, the one at a place among others: value by value, since a key handed over is
  /// copied, with all of its texts.
  mutating func append(_ keys: Span<KeyState>, _ place: Int, until sequence: UInt64) {
    versions.append(sequence)
    versions.append(keys[place].lastEvent)
    versions.append(keys[place].firstEvent)
    versions.append(keys[place].revision)
    let ending = keys[place].ending
    versions.append(ending, removed: keys[place].removed)
    versions.append(ending?.because.rawValue)
    versions.append(keys[place].name)
    versions.append(keys[place].description)
    versions.append(keys[place].scope)
    versions.append(keys[place].successor)
    versions.endRow()
  }

  /// `details` is the data of the event as its record has it, `actor` the event's as records name it.
  mutating func append(
    activityOf first: UInt64, _ events: Span<Event>, _ index: Int, actor: [UInt8], details: Span<UInt8>
  ) {
    activity.append(events[index].sequence)
    activity.append(first)
    activity.append(events[index].time.milliseconds)
    activity.append(RecordCodec.typeName(of: events[index].data))
    activity.append(text: actor.span)
    activity.append(text: details)
    activity.endRow()
  }

  mutating func append(idempotency key: Hash256, at sequence: UInt64) {
    idempotency.append(sequence)
    idempotency.appendBlob({ key.write(to: &$0) })
    idempotency.endRow()
  }
}

extension RowValues {
  /// The row of `keys`.
  mutating func append(key: KeyState) {
    append(key.firstEvent)
    append(key.lastEvent)
    append(key.revision)
    append(key.createdAt.milliseconds)
    append(key.ending, removed: key.removed)
    append(key.revealable)
    append(key.migrated)
    appendText({ key.id.write(to: &$0) })
    append(key.environment.text)
    append(key.kind.rawValue)
    append(key.ending?.because.rawValue)
    append(key.name)
    append(key.description)
    append(key.scope)
    appendBlob({ key.fingerprint.write(to: &$0) })
    append(key.masked)
    append(key.predecessor)
    append(key.successor)
    append(key.integration?.text)
    append(key.createdBy.description)
    endRow()
  }

  /// `expires_at`, `ended_at_once`, `removed`.
  fileprivate mutating func append(_ ending: KeyState.Ending?, removed: Bool) {
    append(ending?.at.milliseconds)
    append(ending?.isUnconditional == true)
    append(removed)
  }

  fileprivate mutating func append(_ scope: Scope) { appendText({ ScopeText.write(scope, to: &$0) }) }

  fileprivate mutating func append(_ id: KeyID?) {
    if let id { appendText({ id.write(to: &$0) }) } else { appendNull() }
  }
}

/// Makes rows of events, one after the other: the only place that knows what an event makes of the views. Pure.
struct RowMaker: Sendable {
  private(set) var keys = KeyStates()
  /// The key of the last command that had one.
  private var lastIdempotency: Hash256?
  private(set) var idempotencyKeys: UInt64
  /// The last actor, and as records name it: hardly ever another than the one before.
  private var actor: (Actor, text: [UInt8]) = (.system, Array(Actor.system.description.utf8))

  init(lastIdempotency: Hash256? = nil, idempotencyKeys: UInt64 = 0) {
    self.lastIdempotency = lastIdempotency
    self.idempotencyKeys = idempotencyKeys
  }

  /// A key that began before the events that are made rows of.
  @discardableResult
  mutating func learn(_ key: KeyState) -> Int { keys.append(key) }

  /// The next event; `details` is its data as its record has it.
  mutating func add(_ event: Event, details: Span<UInt8>, to rows: inout ViewRows) {
    let one = CollectionOfOne(event)
    lookUp(one.span)
    add(lookedUp: 0, of: one.span, details: details, to: &rows)
  }

  /// Looks up what the next events will change, all together: quicker than each in its turn.
  mutating func lookUp(_ events: Span<Event>) { keys.lookUp(events) }

  /// As above, of those that were looked up number `index`, in order.
  mutating func add(lookedUp index: Int, of events: Span<Event>, details: Span<UInt8>, to rows: inout ViewRows) {
    let sequence = events[index].sequence
    // All events of a command carry it and stand side by side: the first is enough.
    if let key = events[index].marks.idempotency?.key, key != lastIdempotency {
      lastIdempotency = key
      idempotencyKeys += 1
      rows.append(idempotency: key, at: sequence)
    }
    let place = keys.evolve(lookedUp: index, of: events, before: { rows.append($0, $1, until: sequence) })
    guard let place else { return }
    if actor.0 != events[index].actor { actor = (events[index].actor, Array(events[index].actor.description.utf8)) }
    rows.append(activityOf: keys.list[place].firstEvent, events, index, actor: actor.text, details: details)
  }
}
