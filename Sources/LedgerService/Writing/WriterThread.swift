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
    case stop(@Sendable () -> Void)
  }

  private struct Queue {
    var jobs: [Job] = []
    var isStopping = false
  }

  /// Beyond so many waiting commands a newcomer is told `busy`.
  static let maximumWaiting = 8_192

  private let queue = Mutex(Queue())
  private let bell: Bell

  /// Starts the thread and opens the writer on it; throws what opening throws.
  init(_ open: @escaping @Sendable () throws -> Writer) throws {
    guard let bell = Bell(), let opened = Bell() else { throw Refusal.noDescriptors }
    self.bell = bell
    let outcome = Opening(bell: opened)
    // Told when the writer is gone, its files closed and their WALs folded in.
    let started = PlainThread.start { [self] in live(open, outcome)?() }
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
    let wasEmpty: Bool? = queue.withLock { queue in
      guard !queue.isStopping, queue.jobs.count < WriterThread.maximumWaiting else { return nil }
      if case .stop = job { queue.isStopping = true }
      queue.jobs.append(job)
      return queue.jobs.count == 1
    }
    if wasEmpty == true { bell.ring() }
    return wasEmpty != nil
  }

  /// The life of the writer. Returns what to call when it is over; nil when it never began.
  private func live(_ open: () throws -> Writer, _ opening: Opening) -> (@Sendable () -> Void)? {
    let writer: Writer
    do {
      writer = try open()
      opening.bell.ring()
    } catch {
      opening.fail(Refusal(translating: error))
      return nil
    }
    while true {
      bell.wait()
      while true {
        let jobs = take()
        if jobs.isEmpty { break }
        if let stopped = serve(jobs, writer) { return stopped }
      }
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

  /// Runs what was taken, neighbouring commands in one batch. Returns what to call when the thread shall end.
  private func serve(_ jobs: [Job], _ writer: Writer) -> (@Sendable () -> Void)? {
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
      case .stop(let stopped):
        flush()
        return stopped
      }
    }
    flush()
    return nil
  }
}
