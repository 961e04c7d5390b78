import EventLog
import KeyLedger
import Synchronization

/// The thread on which a writer lives, with the bounded queue before it.
///
/// Whoever asks for work waits for room; the writer takes all that wait, at most a batch, and one fsync serves them all.
final class WriterThread: Sendable {
  /// A command and what becomes of its result. `answer` is called on the writer's thread and must be quick.
  struct Asking: Sendable {
    let request: Request
    let answer: @Sendable (Result<Outcome, Refusal>) -> Void
  }

  private enum Job {
    /// Commands that share a commit, and those who wait for it.
    case batch([Asking], WaitingRoom?)
    /// Work that wants the writer for itself.
    case exclusive(@Sendable (Writer) -> Void)
    case stop
  }

  private struct Queue {
    /// What comes before the batch that newcomers join.
    var jobs: [Job] = []
    var joining: [Asking] = []
    var room: WaitingRoom?
    /// Rooms that nobody is in.
    var emptyRooms: [WaitingRoom] = []
    var isStopping = false

    /// Commands and other work that were not taken yet.
    var waiting = 0

    mutating func join(_ asking: Asking) {
      waiting += 1
      joining.append(asking)
      if joining.count == Writer.maximumBatch { closeBatch() }
    }

    mutating func add(_ job: Job) {
      closeBatch()
      waiting += 1
      jobs.append(job)
    }

    private mutating func closeBatch() {
      if !joining.isEmpty { jobs.append(.batch(joining, room)) }
      (joining, room) = ([], nil)
    }

    mutating func take() -> Job? {
      if jobs.isEmpty { closeBatch() }
      guard !jobs.isEmpty else { return nil }
      let job = jobs.removeFirst()
      if case .batch(let asking, _) = job { waiting -= asking.count } else { waiting -= 1 }
      return job
    }
  }

  /// Beyond so many waiting commands a newcomer is told `busy`.
  static let maximumWaiting = 8_192

  private let queue = Mutex(Queue())
  private let bell: Bell
  /// Rings when the writer and its files are gone.
  private let ended: Bell
  /// Why the rollback guard could not be written when that was last tried; nil when it was.
  let shownProblem = Mutex<Refusal?>(nil)

  /// Starts the thread and opens the writer on it; throws what opening throws.
  init(_ open: @escaping @Sendable () throws -> Writer) throws {
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

  /// False when the queue is full or closing: then the command was not taken.
  func enqueue(_ asking: Asking) -> Bool { enqueue { $0.join(asking) } }

  /// Asks, and waits for the answer.
  func run(_ request: Request) throws(Refusal) -> Outcome {
    let reply = Reply<Outcome>()
    var room: WaitingRoom?
    let isTaken = enqueue { queue in
      guard let taken = queue.room ?? queue.emptyRooms.popLast() ?? WaitingRoom() else { return }
      queue.room = taken
      room = taken
      taken.enter()
      queue.join(Asking(request: request) { reply.give($0) })
    }
    guard isTaken else { throw .queueFull }
    guard let room else { throw .noDescriptors }
    if room.wait() { queue.withLock { $0.emptyRooms.append(room) } }
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
    queue.withLock { queue in
      guard !queue.isStopping else { return }
      queue.isStopping = true
      queue.add(.stop)
    }
    bell.ring()
  }

  private func enqueue(_ add: (inout Queue) -> Void) -> Bool {
    let isFirst: Bool? = queue.withLock { queue in
      guard !queue.isStopping, queue.waiting < WriterThread.maximumWaiting else { return nil }
      let wasEmpty = queue.waiting == 0
      add(&queue)
      return wasEmpty && queue.waiting > 0
    }
    if isFirst == true { bell.ring() }
    return isFirst != nil
  }

  /// Returns when the thread has ended and the files are closed.
  func waitForEnd() {
    ended.wait()
    // Passed on to whoever else waits, or will.
    ended.ring()
  }

  /// The life of the writer.
  private func live(_ open: () throws -> Writer, _ opening: Opening) {
    let writer: Writer
    do {
      writer = try open()
      opening.bell.ring()
    } catch {
      return opening.fail(Refusal(translating: error))
    }
    defer { keepShown { $0.keepAtEnd() } }
    func keepShown(_ keep: (ShownKeeper) -> Void) {
      keep(writer.shown)
      shownProblem.withLock { $0 = writer.shown.problem }
    }
    while true {
      bell.wait(milliseconds: writer.shown.millisecondsUntilDue)
      var job = queue.withLock { $0.take() }
      repeat {
        if let job, serve(job, writer) { return }
        // The callers have their answers by now.
        keepShown { $0.keepIfDue() }
        job = queue.withLock { $0.take() }
      } while job != nil
    }
  }

  /// Returns whether the thread shall end.
  private func serve(_ job: Job, _ writer: Writer) -> Bool {
    switch job {
    case .batch(let asking, let room):
      for (asking, result) in zip(asking, writer.run(asking.map(\.request))) { asking.answer(result) }
      room?.dismiss()
    case .exclusive(let body): body(writer)
    case .stop: return true
    }
    return false
  }
}
