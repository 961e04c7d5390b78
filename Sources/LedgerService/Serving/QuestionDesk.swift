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
    var isClosing = false

    var count: Int { questions.count - first }

    mutating func next() -> Question? {
      guard first < questions.count else { return nil }
      defer { first += 1 }
      return questions[first]
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
  /// A ring for each question, and one for each thread at the end.
  private let bell: Bell
  private let ended: Bell
  private let directory: LedgerDirectory
  private let clock: any Clock
  private let watch: ViewsWatch?
  /// What one thread has read, the next page needs on another.
  private let memory = TableMemory()

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
    let isTaken = line.withLock { line in
      guard !line.isClosing, line.count < limit else { return false }
      line.questions.append(question)
      return true
    }
    if isTaken { bell.ring() }
    return isTaken
  }

  /// Questions that wait.
  public var waiting: Int { line.withLock { $0.count } }

  /// Answers what waits, then returns. Never call it from a question.
  public func close() {
    let isFirst = line.withLock { line in
      defer { line.isClosing = true }
      return !line.isClosing
    }
    guard isFirst else { return }
    for _ in 0..<threads { bell.ring() }
    for _ in 0..<threads { ended.wait() }
  }

  /// The life of one thread.
  private func live() {
    var queries: Queries?
    while true {
      bell.wait()
      let next = line.withLock { line in
        defer { line.compact() }
        return line.next()
      }
      guard let question = next else { break }
      question(opened(&queries))
    }
    queries = nil
    ended.ring()
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
