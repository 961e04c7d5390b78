import Synchronization

/// Items on their way from a thread that fills them to the one that asked for them, and back to be filled again: so
/// many as there were at the beginning, and their memory is kept.
package final class Belt<Item: Sendable>: Sendable {
  private struct State {
    var filled: [Item] = []
    var empty: [Item]
    /// How the filling ended; nil while it goes on.
    var ending: Result<Void, any Error>?
    var isStopped = false
    /// Who waits for a ring, as nobody rings in vain.
    var takerWaits = false
    var fillerWaits = false
  }

  /// What stands in for an item that has been given away, so that whoever gets it is the only one to hold its memory.
  private let blank: Item
  private let state: Mutex<State>
  /// Rings when there is an item to take, or the filling has ended.
  private let filled: Bell
  /// Rings when there is an item to fill, or nothing more is wanted.
  private let emptied: Bell
  private let ended: Bell

  /// Hands `body` what `fill` puts on the belt, on a thread of its own, as long as `body` wants more (returns true). What
  /// `fill` throws comes out behind the items before it. The thread is gone when this returns.
  package static func run(
    _ items: [Item], fill: @escaping @Sendable (Belt) throws -> Void, _ body: (inout Item) throws -> Bool
  ) throws {
    guard let belt = Belt(items) else { throw LogError.failed("no file descriptor left for a second thread") }
    let isStarted = PlainThread.start { belt.end(Result { try fill(belt) }) }
    guard isStarted else { throw LogError.failed("no second thread") }
    defer { belt.stop() }
    while var item = try belt.take() {
      guard try body(&item) else { return }
      belt.giveBack(&item)
    }
  }

  /// Nil when the process has no descriptor left.
  private init?(_ items: [Item]) {
    guard let filled = Bell(), let emptied = Bell(), let ended = Bell() else { return nil }
    precondition(!items.isEmpty, "a belt without items")
    (self.filled, self.emptied, self.ended) = (filled, emptied, ended)
    blank = items[0]
    state = Mutex(State(empty: items))
  }

  // MARK: The thread that fills

  private func end(_ ending: Result<Void, any Error>) {
    state.withLock { $0.ending = ending }
    filled.ring()
    ended.ring()
  }

  /// Waits for an item; nil when nothing more is wanted.
  package func nextEmpty() -> Item? {
    while true {
      let (item, isStopped) = state.withLock { state in
        state.fillerWaits = state.empty.isEmpty
        return (state.empty.popLast(), state.isStopped)
      }
      if isStopped { return nil }
      if let item { return item }
      emptied.wait()
    }
  }

  package var isTakerBusy: Bool { state.withLock { !$0.takerWaits } }

  /// Whether the taker will not come to wait while one more item is worked on.
  package var isFarAhead: Bool { state.withLock { $0.filled.count >= 2 } }

  package func put(_ item: inout Item) {
    let rings = state.withLock { state in
      state.filled.append(item)
      item = blank
      defer { state.takerWaits = false }
      return state.takerWaits
    }
    if rings { filled.ring() }
  }

  // MARK: The thread that takes

  /// Nil at the end. Throws what filling threw.
  private func take() throws -> Item? {
    while true {
      let (item, ending) = state.withLock { state -> (Item?, Result<Void, any Error>?) in
        state.takerWaits = state.filled.isEmpty
        return state.filled.isEmpty ? (nil, state.ending) : (state.filled.removeFirst(), nil)
      }
      if let item { return item }
      if let ending {
        try ending.get()
        return nil
      }
      filled.wait()
    }
  }

  /// As `put`.
  private func giveBack(_ item: inout Item) {
    let rings = state.withLock { state in
      state.empty.append(item)
      item = blank
      defer { state.fillerWaits = false }
      return state.fillerWaits
    }
    if rings { emptied.ring() }
  }

  /// Nothing more is wanted; returns when the other thread is done.
  private func stop() {
    state.withLock { $0.isStopped = true }
    emptied.ring()
    ended.wait()
  }
}
