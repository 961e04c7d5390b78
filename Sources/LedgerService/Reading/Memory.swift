import Synchronization

/// What has been asked for last, for all who answer questions about one ledger. Any thread may ask.
final class Memory: Sendable {
  let tables = RecentAnswers<RememberedTable>()
  let timelines = RecentAnswers<RememberedTimeline>()
}

/// An answer about an environment, or about all, after an event.
protocol Remembered: Sendable {
  associatedtype Environment: Equatable
  var environment: Environment { get }
  var sequence: UInt64 { get }
}

/// Some answers of one kind, the latest first.
final class RecentAnswers<Answer: Remembered>: Sendable {
  /// The present, and the moments of listings that go on.
  static var most: Int { 4 }

  private let answers = Mutex<[Answer]>([])

  var count: Int { answers.withLock { $0.count } }

  /// The newest answer about the environment that is no newer than this event.
  func latest(of environment: Answer.Environment, notAfter sequence: UInt64) -> Answer? {
    answers.withLock { answers in
      answers.filter { $0.environment == environment && $0.sequence <= sequence }.max { $0.sequence < $1.sequence }
    }
  }

  /// Puts an answer before all others; the last of too many goes.
  func keep(_ answer: Answer) {
    answers.withLock { answers in
      answers.removeAll { $0.environment == answer.environment && $0.sequence == answer.sequence }
      answers = [answer] + answers.prefix(RecentAnswers.most - 1)
    }
  }
}
