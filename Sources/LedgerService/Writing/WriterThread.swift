import EventLog
import Glibc
import KeyLedger
import Synchronization

/// Where a writer lives: behind a lock, for one thread at a time, with the bounded queue before it and a thread that serves
/// the queue.
///
/// Whoever asks for work waits for room; the thread takes all that wait, at most a batch, and one fsync serves them all.
/// Who finds nobody before it does its command itself, which saves two switches of threads.
final class WriterThread: Sendable {
  private let queue = Mutex(WriterQueue())
  /// Nil until it is open, and again when all is done.
  private let writer = Mutex<Writer?>(nil)
  private let bell: Bell
  /// Rings when the writer and its files are gone.
  private let ended: Bell
  /// Why the rollback guard could not be written when that was last tried; nil when it was.
  let shownProblem = Mutex<Refusal?>(nil)

  /// Starts the thread and opens the writer on it; throws what opening throws.
  init(_ open: @escaping @Sendable () throws -> sending Writer) throws {
    guard let bell = Bell(), let opened = Bell(), let ended = Bell() else { throw Refusal.noDescriptors }
    (self.bell, self.ended) = (bell, ended)
    let outcome = Opening(bell: opened)
    let started = PlainThread.start { [self] in
      live(open, outcome)
      // Told when the writer is gone, its files closed and their WALs folded in.
      self.ended.ring()
    }
    guard started else { throw Refusal.noDescriptors }
    outcome.bell.wait()
    if let failure = outcome.refusal { throw failure }
  }

  private final class Opening: Sendable {
    private let failure = Mutex<Refusal?>(nil)
    let bell: Bell

    init(bell: Bell) { self.bell = bell }

    var refusal: Refusal? { failure.withLock { $0 } }

    func fail(_ refusal: Refusal) {
      failure.withLock { $0 = refusal }
      bell.ring()
    }
  }

  // MARK: Asking

  /// False when the queue is full or closing: then the command was not taken.
  func enqueue(_ request: Request, _ answer: @escaping Answering) -> Bool { enqueue { $0.join(request, answer) } }

  /// Asks, and waits for the answer.
  func run(_ request: Request) throws(Refusal) -> Outcome {
    if let result = runAtOnce(request) { return try result.get() }
    let reply = Reply<Outcome>()
    var room: WaitingRoom?
    guard enqueue({ room = $0.join(request, reply) }) else { throw .queueFull }
    guard let room else { throw .noDescriptors }
    if room.wait() { queue.withLock { $0.giveBack(room) } }
    return try reply.take()
  }

  /// Does `body` on the writer's thread, between two batches, and waits for its end.
  func run<R: Sendable>(_ body: @escaping @Sendable (Writer) throws -> R) throws(Refusal) -> R {
    guard let room = WaitingRoom() else { throw .noDescriptors }
    let reply = Reply<R>()
    room.enter()
    let isTaken = enqueue { queue in
      queue.add(
        .exclusive { writer in
          reply.give(Result { try body(writer) }.mapError { Refusal(translating: $0) })
          room.dismiss()
        })
    }
    guard isTaken else { throw .queueFull }
    _ = room.wait()
    return try reply.take()
  }

  /// Takes no more, and ends when what was taken is answered.
  func stop() {
    queue.withLock { $0.stop() }
    bell.ring()
  }

  /// Returns when the thread has ended and the files are closed.
  func waitForEnd() {
    ended.wait()
    // Passed on to whoever else waits, or will.
    ended.ring()
  }

  /// Does it on the thread that asks; nil when somebody is at it, or before it.
  private func runAtOnce(_ request: Request) -> Result<Outcome, Refusal>? {
    guard queue.withLock({ $0.isIdle }) else { return nil }
    var hasToBeKept = false
    let result: Result<Outcome, Refusal>?? = writer.withLockIfAvailable { writer in
      guard let writer else { return nil }
      let wasKept = writer.shown.millisecondsUntilDue == nil
      let result = writer.run([request]).first
      hasToBeKept = wasKept && writer.shown.millisecondsUntilDue != nil
      return result
    }
    // The thread sees to the rollback guard, for which no answer waits.
    if hasToBeKept { bell.ring() }
    return result ?? nil
  }

  private func enqueue(_ add: (inout WriterQueue) -> Void) -> Bool {
    let wakes: Bool? = queue.withLock { queue in
      guard queue.isOpen else { return nil }
      add(&queue)
      return queue.wakes()
    }
    if wakes == true { bell.ring() }
    return wakes != nil
  }

  // MARK: Serving

  /// The life of the thread.
  private func live(_ open: @Sendable () throws -> sending Writer, _ opening: Opening) {
    do {
      try writer.withLock { $0 = try open() }
      opening.bell.ring()
    } catch {
      return opening.fail(Refusal(translating: error))
    }
    defer {
      keepShown { $0.keepAtEnd() }
      writer.withLock { $0 = nil }
    }
    var millisecondsUntilDue: Int?
    while true {
      awaitCrowd(beside: 0)
      bell.wait(milliseconds: millisecondsUntilDue)
      repeat {
        guard serveNext() else { return }
        // The callers have their answers by now.
        millisecondsUntilDue = keepShown { $0.keepIfDue() }
      } while queue.withLock { $0.keepsAwake() }
    }
  }

  /// Does what comes next, taken only when the writer is free, so that who came meanwhile is served with it. False at the
  /// end.
  private func serveNext() -> Bool {
    writer.withLock { writer in
      guard let writer else { preconditionFailure("a writer that was gone before the end") }
      switch queue.withLock({ $0.take() }) {
      case .batch(let batch): serve(batch, writer)
      case .exclusive(let body): body(writer)
      case .stop: return false
      case nil: break
      }
      return true
    }
  }

  /// Whoever comes while the batch is being done is served with it: after a commit a whole crowd is on its way back, and
  /// the first of them need not have one for themselves.
  private func serve(_ first: Batch, _ writer: Writer) {
    var batch = first
    let results = writer.run(first.requests) { fit in
      awaitCrowd(beside: batch.count)
      guard let late = queue.withLock({ $0.takeLatecomers(after: batch.count, where: fit) }) else { return [] }
      batch.add(late)
      return late.requests
    }
    queue.withLock { $0.served(batch.count) }
    for (answer, result) in zip(batch.answers, results) { answer(result) }
    for room in batch.rooms { room.dismiss() }
  }

  /// Lets other threads run for a moment while of the last crowd more are to come than are here: whoever finds the thread
  /// awake need not wake it, and a commit that serves all costs what one for the first of them would.
  private func awaitCrowd(beside present: Int) {
    for _ in 0..<WriterThread.turnsForCrowd {
      guard queue.withLock({ $0.expectsMore(than: present) }) else { return }
      sched_yield()
    }
  }

  /// Each takes less than a microsecond where no other thread wants the processor.
  private static let turnsForCrowd = 64

  /// Sees to the rollback guard. Returns when it is due again; nil when there is nothing to keep.
  @discardableResult
  private func keepShown(_ keep: (ShownKeeper) -> Void) -> Int? {
    writer.withLock { writer in
      guard let shown = writer?.shown else { return nil }
      keep(shown)
      shownProblem.withLock { $0 = shown.problem }
      return shown.millisecondsUntilDue
    }
  }
}
