import EventLog
public import KeyLedger
import Projections
import Synchronization

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
  }

  private let state: Mutex<State>

  /// Empty, until the first gatekeeper folds the log.
  public init(of ledger: LedgerID) { state = Mutex(State(index: VerificationIndex(ledger: ledger))) }

  /// Brings it to the head. Who came with an older picture of the log than the index is of would take it for another log's,
  /// so the picture is taken under the lock.
  ///
  /// - Parameter first: is shown the same picture, before the index is changed.
  func catchUp(with log: any EventLog, _ first: (any LogReader) throws -> Void) throws {
    try state.withLock { state in
      do {
        try log.read { log in
          try first(log)
          try SharedIndex.bring(&state, toTheHeadOf: log)
        }
        state.failure = nil
      } catch {
        state.failure = Refusal(translating: error)
        throw error
      }
    }
  }

  private static func bring(_ state: inout State, toTheHeadOf log: any LogReader) throws {
    if try state.index.catchUp(reading: log) { return }
    state.index = VerificationIndex(ledger: log.ledger)
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

  static let unseen = Refusal(.busy, "The service has not looked at its log yet; try again.")
}
