internal import KeyLedger

/// Each key as the last event folded left it, in the order in which they began. Pure. About 300 bytes a key.
struct KeyStates: Sendable {
  private(set) var list: [KeyState] = []
  private var numbers = KeyNumbers()

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
  /// - Parameter before: told what the key was until then, where it was something.
  mutating func evolve(_ event: Event, before: (KeyState) -> Void = { _ in }) -> Int? {
    guard case .key(let environment, let id) = event.stream else { return nil }
    guard let place = numbers.find(id) else { return KeyState(beginning: event).map { append($0) } }
    // Ids are unique in a ledger; in a log where one is not, the first environment to have it keeps it.
    guard list[place].environment == environment else { return nil }
    before(list[place])
    list[place].evolve(event)
    return place
  }
}
