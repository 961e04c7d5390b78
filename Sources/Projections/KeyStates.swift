internal import KeyLedger

/// Each key as the last event folded left it, in the order in which they began. Pure. About 300 bytes a key.
struct KeyStates: Sendable {
  private(set) var list: [KeyState] = []
  private var numbers = KeyNumbers()
  /// Of the keys of some events at once their ids, and their places; nil where one has none yet.
  private var ids: [KeyID] = []
  private var places: [Int?] = []
  /// Means nothing: what was read ahead is kept here, so that it is read.
  private var touched: UInt64 = 0

  func place(of id: KeyID) -> Int? { numbers.find(id) }

  /// A key that is not among them, as events that are not folded left it. Returns its place.
  @discardableResult
  mutating func append(_ state: KeyState) -> Int {
    list.append(state)
    return numbers.append(state.id)
  }

  /// The place of the key that the event changes or begins, which is done when this returns. Nil for an event that leaves
  /// no version of one: of another stream, or before its key begins.
  ///
  /// - Parameter before: told all keys, and at which place stands what the key was until then, where it was something.
  mutating func evolve(_ event: Event, before: (Span<KeyState>, Int) -> Void = { _, _ in }) -> Int? {
    let one = CollectionOfOne(event)
    return evolve(one.span, 0, before: before)
  }

  private mutating func evolve(_ events: Span<Event>, _ index: Int, before: (Span<KeyState>, Int) -> Void) -> Int? {
    guard case .key(let environment, let id) = events[index].stream else { return nil }
    guard let place = numbers.find(id) else { return KeyState(beginning: events[index]).map { append($0) } }
    return evolve(place, events, index, environment, before)
  }

  /// The next events of the log.
  mutating func evolve(_ events: Span<Event>) {
    lookUp(events)
    for index in events.indices { _ = evolve(lookedUp: index, of: events) }
  }

  /// Looks up what the next events of the log will change. Keys lie all over the memory: so the processor waits for many
  /// of them together, and not for each in its turn.
  mutating func lookUp(_ events: Span<Event>) {
    ids.removeAll(keepingCapacity: true)
    for index in events.indices {
      // Of an event of another stream nobody asks for the place.
      if case .key(_, let id) = events[index].stream { ids.append(id) } else { ids.append(KeyID(ulid: ULID(bits: 0))) }
    }
    numbers.find(ids, &places)
    for place in places {
      if let place { touched &+= list[place].reach }
    }
  }

  /// As above, of the events that were looked up number `index`, in order.
  mutating func evolve(
    lookedUp index: Int, of events: Span<Event>, before: (Span<KeyState>, Int) -> Void = { _, _ in }
  ) -> Int? {
    guard let place = places[index], case .key(let environment, _) = events[index].stream else {
      return evolve(events, index, before: before)
    }
    return evolve(place, events, index, environment, before)
  }

  private mutating func evolve(
    _ place: Int, _ events: Span<Event>, _ index: Int, _ environment: Slug, _ before: (Span<KeyState>, Int) -> Void
  ) -> Int? {
    // Ids are unique in a ledger; in a log where one is not, the first environment to have it keeps it.
    guard list[place].environment == environment else { return nil }
    before(list.span, place)
    list[place].evolve(events, index)
    return place
  }
}

extension KeyState {
  /// Read from what an event looks at and changes, in steps of less than a line of the processor's cache, so that all of it
  /// is there afterwards.
  fileprivate var reach: UInt64 {
    UInt64(truncatingIfNeeded: id.ulid.bits) &+ lastEvent &+ UInt64(truncatingIfNeeded: name.utf8.count)
      &+ (removed ? 1 : 0)
  }
}
