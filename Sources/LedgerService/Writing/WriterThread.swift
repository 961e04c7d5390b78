import EventLog
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
  func enqueue(_ asking: Asking) -> Bool { enqueue { $0.join(asking) } }

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
    let isFirst: Bool? = queue.withLock { queue in
      guard queue.isOpen else { return nil }
      let wasEmpty = queue.waiting == 0
      add(&queue)
      return wasEmpty && queue.waiting > 0
    }
    if isFirst == true { bell.ring() }
    return isFirst != nil
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
      bell.wait(milliseconds: millisecondsUntilDue)
      repeat {
        guard serveNext() else { return }
        // The callers have their answers by now.
        millisecondsUntilDue = keepShown { $0.keepIfDue() }
      } while queue.withLock { $0.waiting > 0 }
    }
  }

  /// Does what comes next, taken only when the writer is free, so that who came meanwhile is served with it. False at the
  /// end.
  private func serveNext() -> Bool {
    writer.withLock { writer in
      guard let writer else { preconditionFailure("a writer that was gone before the end") }
      switch queue.withLock({ $0.take() }) {
      case .batch(let asking, let room):
        for (asking, result) in zip(asking, writer.run(asking.map(\.request))) { asking.answer(result) }
        room?.dismiss()
      case .exclusive(let body): body(writer)
      case .stop: return false
      case nil: break
      }
      return true
    }
  }

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
