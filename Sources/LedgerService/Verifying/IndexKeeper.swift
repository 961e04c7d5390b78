import EventLog
public import KeyLedger
import Projections
import Synchronization
import Transparency

/// What a service does about its index beside answering: it reads the events that a cache spared it at the start, and
/// keeps a cache for the next start. On a thread of its own.
public final class IndexKeeper: Sendable {
  /// How far those events have been read.
  public struct Progress: Sendable, Equatable {
    public let done: UInt64
    public let total: UInt64
  }

  public let index: SharedIndex
  private let cache: IndexCache
  private let path: String
  private let thread: SideThread
  private let whenRead: @Sendable () -> Void
  private let state = Mutex(State())

  private struct State {
    var isStopping = false
    var progress: Progress?
  }

  /// A tail that costs a start more than it is worth, in events: some 3 ms.
  private static let longTail: UInt64 = 1_024
  /// Of the log's length the part that may be such a tail while the service runs, so that of all that is written little
  /// is written for it.
  private static let share: UInt64 = 8
  /// Between two looks. Milliseconds.
  private static let pause = 1_000
  /// After a stretch of events is read it leaves the processor to others. Milliseconds.
  private static let breath = 5

  /// Starts the thread. The index is empty until the first gatekeeper brings it to the head.
  ///
  /// - Parameter whenRead: called on the thread when the events that a cache spared have been read.
  public convenience init(
    _ directory: LedgerDirectory, of ledger: LedgerID, whenRead: @escaping @Sendable () -> Void
  ) throws(Refusal) {
    try self.init(directory, of: ledger, worthwhile: IndexKeeper.longTail, whenRead: whenRead)
  }

  /// - Parameter worthwhile: from so many events behind the last cache on a new one is written.
  init(
    _ directory: LedgerDirectory, of ledger: LedgerID, worthwhile: UInt64,
    whenRead: @escaping @Sendable () -> Void = {}
  ) throws(Refusal) {
    self.whenRead = whenRead
    cache = IndexCache(directory, of: ledger)
    index = SharedIndex(of: ledger, cache: cache)
    path = directory.ledger
    thread = try SideThread()
    try thread.start { [self] in live(worthwhile) }
  }

  /// How far the events that a cache spared have been read; nil when there are none that were not.
  public var progress: Progress? { state.withLock { $0.progress } }

  /// Writes a cache where one is worthwhile, and returns when the thread has ended.
  public func close() {
    state.withLock { $0.isStopping = true }
    thread.wake()
    thread.waitForEnd()
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  // MARK: The thread

  private func live(_ worthwhile: UInt64) {
    var kept: UInt64?
    while !isStopping {
      thread.wait(milliseconds: IndexKeeper.pause)
      if let taken = index.taken {
        kept = kept ?? taken.size
        rehash(taken)
        if index.taken == nil { whenRead() }
      }
      keep(&kept, unless: max(worthwhile, index.sequence / IndexKeeper.share))
    }
    keep(&kept, unless: worthwhile)
  }

  /// Writes a cache, unless fewer events than that came since the last one.
  private func keep(_ kept: inout UInt64?, unless few: UInt64) {
    guard index.sequence >= (kept ?? 0) + few, index.taken == nil, let copy = index.copy else { return }
    // What can't be written now is tried again when as much has come once more: it spares a start, and nothing else.
    kept = copy.sequence
    try? SQLiteLog(path: path, mode: .readOnly).read { try cache.save(copy, by: $0) }
  }

  /// Reads what the cache spared, from the first event on. Where it does not come to the same tree, no key is verified any
  /// more; where it can't be read just now, the next look begins anew.
  private func rehash(_ tree: Frontier) {
    defer { state.withLock { $0.progress = nil } }
    do {
      let log = try SQLiteLog(path: path, mode: .readOnly)
      var found = Frontier()
      while found.size < tree.size, !isStopping {
        state.withLock { $0.progress = Progress(done: found.size, total: tree.size) }
        try found.read(from: log, through: tree.size)
        thread.wait(milliseconds: IndexKeeper.breath)
      }
      guard found.size == tree.size else { return }
      if found == tree { index.confirm(tree) } else { close(tree, "they are not those that it holds keys from") }
    } catch LogError.damaged(let reason) {
      close(tree, reason)
    } catch LogError.unreadable(let sequence, let reason) {
      close(tree, "event \(sequence): \(reason)")
    } catch {
      // Busy, or no descriptor left.
    }
  }

  private func close(_ tree: Frontier, _ reason: String) {
    let refusal = Refusal(
      .damaged,
      "The first \(tree.size) events of the log are no longer what this service verified keys by: \(reason). Run "
        + "`keyledger verify`, and put back a ledger that is whole.")
    if index.close(tree, because: refusal) { cache.remove() }
  }
}

extension Frontier {
  /// Events of a stretch: some 10 ms.
  private static let stretch: UInt64 = 4_096

  /// Goes on by a stretch of the log's records. No transaction outlives it.
  fileprivate mutating func read(from log: SQLiteLog, through end: UInt64) throws {
    try log.read { log in
      try log.forEachPage(after: size, through: min(end, size + Frontier.stretch)) { page in
        page.hash()
        append(contentsOf: page.leafHashes)
        return true
      }
    }
  }
}
