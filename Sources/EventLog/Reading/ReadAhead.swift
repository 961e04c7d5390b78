import Synchronization

/// The events `after`+1 … `through` of a log, page by page, as long as `body` wants more, read by a thread of its own
/// some pages ahead of `body`.
///
/// The thread hashes a page as well, unless `body` waits for it, and decodes it where that is asked for and it is far enough
/// ahead: so whichever of the two has less to do does more, and `hash()` and `decode` are called in `body` where they are
/// wanted. What reading throws comes out behind the pages before it. The thread and its connection are gone when this
/// returns.
package func readAhead(
  _ log: any EventLog, after: UInt64, through: UInt64, decoded: Bool = false,
  _ body: (inout RecordPage) throws -> Bool
) throws {
  guard let belt = PageBelt() else { throw LogError.failed("no file descriptor left for a second thread") }
  let open = log.another()
  let isStarted = PlainThread.start {
    belt.end(Result { try open().read { try belt.load(from: $0, after: after, through: through, decoded: decoded) } })
  }
  guard isStarted else { throw LogError.failed("no second thread") }
  defer { belt.stop() }
  while var page = try belt.take() {
    guard try body(&page) else { return }
    belt.giveBack(&page)
  }
}

extension EventLog {
  /// From so many events on a second thread is worth its start and its connection, some milliseconds.
  private static var manyEvents: UInt64 { 20_000 }

  /// The events `after`+1 … `through` page by page, as long as `body` wants more; where there are many, read ahead by
  /// another thread. The log is append-only, so up to a number that it had, every picture of it is the same.
  ///
  /// - Parameter decoded: whether the events will be wanted.
  package func forEachPage(
    after: UInt64, through: UInt64, decoded: Bool = false, _ body: (inout RecordPage) throws -> Bool
  ) throws {
    guard through > after, through - after >= Self.manyEvents else {
      return try read { try $0.forEachPage(after: after, through: through, body) }
    }
    try readAhead(self, after: after, through: through, decoded: decoded, body)
  }
}

/// Pages on their way from the thread that reads to the one that asked for them, and back to be filled again.
private final class PageBelt: Sendable {
  private struct State {
    var filled: [RecordPage] = []
    var empty: [RecordPage] = []
    /// How the reading ended; nil while it goes on.
    var ending: Result<Void, any Error>?
    var isStopped = false
    /// Who waits for a ring, as nobody rings in vain.
    var takerWaits = false
    var loaderWaits = false
  }

  /// Pages that are under way at most.
  private static let length = 4

  private let state: Mutex<State>
  /// Rings when there is a page to take, or the reading has ended.
  private let filled: Bell
  /// Rings when there is a page to fill, or nothing more is wanted.
  private let emptied: Bell
  private let ended: Bell

  /// Nil when the process has no descriptor left.
  init?() {
    guard let filled = Bell(), let emptied = Bell(), let ended = Bell() else { return nil }
    (self.filled, self.emptied, self.ended) = (filled, emptied, ended)
    var state = State()
    state.empty = Array(repeating: RecordPage(), count: PageBelt.length)
    self.state = Mutex(state)
  }

  // MARK: The thread that reads

  func load(from reader: any LogReader, after: UInt64, through: UInt64, decoded: Bool) throws {
    var decoder = RecordDecoder(ledger: reader.ledger, count: decoded ? .max : 0)
    var done = after
    while done < through, var page = nextEmpty() {
      try reader.fill(&page, after: done, through: through)
      guard page.count > 0 else { return }
      done = page.last
      if isTakerBusy { page.hash() }
      // What can't be read is met once more, and thrown, where it is wanted.
      if decoded, isFarAhead { try? page.decode(&decoder) }
      put(&page)
    }
  }

  func end(_ ending: Result<Void, any Error>) {
    state.withLock { $0.ending = ending }
    filled.ring()
    ended.ring()
  }

  /// Nil when nothing more is wanted.
  private func nextEmpty() -> RecordPage? {
    while true {
      let (page, isStopped) = state.withLock { state in
        state.loaderWaits = state.empty.isEmpty
        return (state.empty.popLast(), state.isStopped)
      }
      if isStopped { return nil }
      if let page { return page }
      emptied.wait()
    }
  }

  private var isTakerBusy: Bool { state.withLock { !$0.takerWaits } }

  /// Whether the taker will not come to wait while a page is decoded.
  private var isFarAhead: Bool { state.withLock { $0.filled.count >= 2 } }

  /// Takes the page away, so that whoever gets it is the only one to hold its memory.
  private func put(_ page: inout RecordPage) {
    let rings = state.withLock { state in
      state.filled.append(page)
      page = RecordPage()
      defer { state.takerWaits = false }
      return state.takerWaits
    }
    if rings { filled.ring() }
  }

  // MARK: The thread that takes

  /// Nil at the end. Throws what reading threw.
  func take() throws -> RecordPage? {
    while true {
      let (page, ending) = state.withLock { state -> (RecordPage?, Result<Void, any Error>?) in
        state.takerWaits = state.filled.isEmpty
        return state.filled.isEmpty ? (nil, state.ending) : (state.filled.removeFirst(), nil)
      }
      if let page { return page }
      if let ending {
        try ending.get()
        return nil
      }
      filled.wait()
    }
  }

  /// As `put`.
  func giveBack(_ page: inout RecordPage) {
    let rings = state.withLock { state in
      state.empty.append(page)
      page = RecordPage()
      defer { state.loaderWaits = false }
      return state.loaderWaits
    }
    if rings { emptied.ring() }
  }

  /// Nothing more is wanted; returns when the other thread is done with its connection.
  func stop() {
    state.withLock { $0.isStopped = true }
    emptied.ring()
    ended.wait()
  }
}
