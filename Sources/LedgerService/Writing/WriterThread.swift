import EventLog
import KeyLedger
import Synchronization

/// The thread on which a writer lives, with the bounded queue before it.
///
/// Whoever asks for work waits for room; the writer takes all that wait, at most a batch, and one fsync serves them all.
final class WriterThread: Sendable {
  enum Job: Sendable {
    case command(Request, @Sendable (Result<Outcome, Refusal>) -> Void)
    /// Work that wants the writer for itself.
    case exclusive(@Sendable (Writer) -> Void)
    case stop
  }

  private struct Queue {
    var jobs: [Job] = []
    var isStopping = false
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

  /// False when the queue is full or closing: then the job was not taken.
  func enqueue(_ job: Job) -> Bool {
    let isFirst: Bool? = queue.withLock { queue in
      guard !queue.isStopping else { return nil }
      if case .stop = job {
        queue.isStopping = true
      } else if queue.jobs.count >= WriterThread.maximumWaiting {
        return nil
      }
      queue.jobs.append(job)
      return queue.jobs.count == 1
    }
    if isFirst == true { bell.ring() }
    return isFirst != nil
  }

  /// Takes no more, and ends when what was taken is answered.
  func stop() { _ = enqueue(.stop) }

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
      var jobs = take()
      repeat {
        if serve(jobs, writer) { return }
        // The callers have their answers by now.
        keepShown { $0.keepIfDue() }
        jobs = take()
      } while !jobs.isEmpty
    }
  }

  private func take() -> [Job] {
    queue.withLock { queue in
      let count = min(queue.jobs.count, Writer.maximumBatch)
      let taken = Array(queue.jobs.prefix(count))
      queue.jobs.removeFirst(count)
      return taken
    }
  }

  /// Runs what was taken, neighbouring commands in one batch. Returns whether the thread shall end.
  private func serve(_ jobs: [Job], _ writer: Writer) -> Bool {
    var requests: [Request] = []
    var completions: [@Sendable (Result<Outcome, Refusal>) -> Void] = []
    func flush() {
      if requests.isEmpty { return }
      for (completion, result) in zip(completions, writer.run(requests)) { completion(result) }
      requests = []
      completions = []
    }
    for job in jobs {
      switch job {
      case .command(let request, let completion):
        requests.append(request)
        completions.append(completion)
      case .exclusive(let body):
        flush()
        body(writer)
      case .stop:
        flush()
        return true
      }
    }
    flush()
    return false
  }
}
