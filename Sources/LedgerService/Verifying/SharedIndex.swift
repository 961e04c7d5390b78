import EventLog
public import KeyLedger
import Projections
import Synchronization
import Transparency

/// What the gatekeepers of a process know in common: one fold of the log, in memory once, behind one lock. Who brings it to
/// the head of the log holds the lock while reading, which waits for no writer's fsync; who judges holds it for less than a
/// microsecond.
public final class SharedIndex: Sendable {
  struct State: Sendable {
    var index: VerificationIndex
    /// How often it was folded from the first event: what was kept of an earlier folding means nothing in this one.
    var foldings = 0
    /// Why nobody is judged by it: the last who would bring it to the head did not get there.
    var failure: Refusal? = SharedIndex.unseen
    /// How far it was taken from a cache, so that those events were not read; nil once they were, or when none was.
    var taken: Frontier?
    /// Why no key is verified any more, for as long as the process lives.
    var closure: Refusal?
  }

  private let state: Mutex<State>
  private let cache: IndexCache?
  private let isOpen = Atomic(true)

  /// Empty, until the first gatekeeper takes it from the cache, or folds the log.
  public convenience init(of ledger: LedgerID) { self.init(of: ledger, cache: nil) }

  init(of ledger: LedgerID, cache: IndexCache?) {
    state = Mutex(State(index: VerificationIndex(ledger: ledger)))
    self.cache = cache
  }

  /// Brings it to the head. Who came with an older picture of the log than the index is of would take it for another log's,
  /// so the picture is taken under the lock.
  ///
  /// - Parameter first: is shown the same picture, before the index is changed.
  func catchUp(with log: any EventLog, _ first: (any LogReader) throws -> Void) throws {
    try state.withLock { state in
      do {
        try log.read { log in
          try first(log)
          try bring(&state, toTheHeadOf: log)
        }
        state.failure = nil
      } catch {
        state.failure = Refusal(translating: error)
        throw error
      }
    }
  }

  /// What a cache held is as good as a fold where the events behind it lead from its tree to the head's.
  private func bring(_ state: inout State, toTheHeadOf log: any LogReader) throws {
    if state.index.sequence == 0, let cached = cache?.load() {
      state.index = cached
      state.taken = cached.frontier
    }
    if try state.index.catchUp(reading: log) { return }
    state.index = VerificationIndex(ledger: log.ledger)
    state.taken = nil
    state.foldings += 1
    guard try state.index.catchUp(reading: log) else {
      throw LogError.damaged("its records do not hash to its own tree; run `keyledger verify`")
    }
  }

  /// Shows it as whoever looked last has left it, or refuses.
  func read<Answer: Sendable>(_ body: (borrowing State) throws(Refusal) -> Answer) throws(Refusal) -> Answer {
    try state.withLock { (state) throws(Refusal) -> Answer in
      if let failure = state.failure { throw failure }
      return try body(state)
    }
  }

  // MARK: What lies behind it

  /// A copy of it; nil while nobody is judged by it. While it is held, the next event to come has it copied in earnest.
  var copy: VerificationIndex? { state.withLock { $0.failure == nil && $0.closure == nil ? $0.index : nil } }

  /// How far it was taken from a cache, and those events have not been read yet.
  var taken: Frontier? { state.withLock { $0.taken } }

  /// The number of the last event that it knows.
  var sequence: UInt64 { state.withLock { $0.index.sequence } }

  /// Why no key is verified any more; nil when all is well. Next to nothing, while it is.
  public var closure: Refusal? { isOpen.load(ordering: .acquiring) ? nil : state.withLock { $0.closure } }

  /// The events up to where it was taken from a cache were read, and are what it rests on.
  func confirm(_ tree: Frontier) { state.withLock { if $0.taken == tree { $0.taken = nil } } }

  /// They are others: from now on no key is verified by it. False when it does not rest on them any more.
  func close(_ tree: Frontier, because refusal: Refusal) -> Bool {
    state.withLock { state in
      guard state.taken == tree else { return false }
      state.closure = refusal
      isOpen.store(false, ordering: .releasing)
      return true
    }
  }

  static let unseen = Refusal(.busy, "The service has not looked at its log yet; try again.")
}
