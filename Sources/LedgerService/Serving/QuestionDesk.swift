import EventLog
public import KeyLedger
import Synchronization

/// A few threads that answer questions for callers who must not wait, each with queries of its own.
///
/// Any thread may ask. What does not fit the queue is refused at once.
public final class QuestionDesk: Sendable {
  /// Runs on a thread of the desk; the queries are lent until it returns.
  public typealias Question = @Sendable (Result<Queries, Refusal>) -> Void

  private struct Line {
    var questions: [Question] = []
    /// The first one that waits: those before it are gone.
    var first = 0
    /// Threads that sleep, or are about to, and were not woken yet.
    var idle = 0
    var isClosing = false

    var count: Int { questions.count - first }

    mutating func next() -> Question? {
      guard first < questions.count else { return nil }
      defer { first += 1 }
      return questions[first]
    }

    /// Whether a thread has to be woken for what was added.
    mutating func callThread() -> Bool {
      guard idle > 0 else { return false }
      idle -= 1
      return true
    }

    mutating func compact() {
      if first > 1_024 || first == questions.count {
        questions.removeFirst(first)
        first = 0
      }
    }
  }

  private let line = Mutex(Line())
  private let limit: Int
  private let threads: Int
  /// Rings for a thread that sleeps. One that works looks for the next question itself.
  private let bell: Bell
  private let ended: Bell
  private let directory: LedgerDirectory
  private let clock: any Clock
  private let watch: ViewsWatch?
  /// What one thread has read, the next page needs on another.
  private let memory = Memory()

  /// Starts the threads. Throws when the process has none left.
  ///
  /// - Parameter limit: questions that may wait.
  public init(
    _ directory: LedgerDirectory, clock: any Clock = SystemClock(), threads: Int = 2, limit: Int = 32,
    watch: ViewsWatch? = nil
  ) throws(Refusal) {
    guard let bell = Bell(), let ended = Bell() else { throw .noDescriptors }
    (self.bell, self.ended) = (bell, ended)
    (self.directory, self.clock, self.threads, self.limit) = (directory, clock, threads, limit)
    self.watch = watch
    for _ in 0..<threads {
      guard PlainThread.start({ [self] in live() }) else { throw .noDescriptors }
    }
  }

  /// False when too many wait already, or the desk is closing: then it was not taken.
  public func ask(_ question: @escaping Question) -> Bool {
    let (isTaken, mustWake) = line.withLock { line in
      guard !line.isClosing, line.count < limit else { return (false, false) }
      line.questions.append(question)
      return (true, line.callThread())
    }
    if mustWake { bell.ring() }
    return isTaken
  }

  /// Questions that wait.
  public var waiting: Int { line.withLock { $0.count } }

  /// Answers what waits, then returns. Never call it from a question.
  public func close() {
    let (isFirst, sleepers) = line.withLock { line in
      defer { (line.isClosing, line.idle) = (true, 0) }
      return (!line.isClosing, line.idle)
    }
    guard isFirst else { return }
    for _ in 0..<sleepers { bell.ring() }
    for _ in 0..<threads { ended.wait() }
  }

  /// The life of one thread.
  private func live() {
    var queries: Queries?
    while let question = next() { question(opened(&queries)) }
    queries = nil
    ended.ring()
  }

  /// Waits for the next question; nil when the desk is closing and none waits any more.
  private func next() -> Question? {
    while true {
      let (question, isClosing) = line.withLock { line in
        let question = line.next()
        line.compact()
        if question == nil { line.idle += 1 }
        return (question, line.isClosing)
      }
      if question != nil || isClosing { return question }
      bell.wait()
    }
  }

  /// Opened when the first question comes, and again when they could not be.
  private func opened(_ queries: inout Queries?) -> Result<Queries, Refusal> {
    if let queries { return .success(queries) }
    do throws(Refusal) {
      let opened = try Queries(directory, clock: clock, source: .views, watch: watch, sharing: memory)
      queries = opened
      return .success(opened)
    } catch {
      return .failure(error)
    }
  }
}
