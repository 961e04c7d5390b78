import Projections
import Synchronization

/// How the views of a service are brought to the head of the log: how far that is while it goes on, and how long it took.
/// Told by whoever answers questions, on any thread.
public final class ViewsWatch: Sendable {
  /// Events done, of all that the log had when last looked at.
  public struct Work: Sendable, Equatable {
    public let done: UInt64
    public let total: UInt64
  }

  private let current = Mutex<Work?>(nil)
  private let finished: @Sendable (UInt64) -> Void

  /// - Parameter finished: is told the nanoseconds that a catching up or a rebuild took.
  public init(finished: @escaping @Sendable (UInt64) -> Void) { self.finished = finished }

  /// Nil while the views are at the head, as far as anybody has looked.
  public var work: Work? { current.withLock { $0 } }

  func advance(to progress: RebuildProgress) {
    current.withLock { $0 = Work(done: progress.done, total: progress.total) }
  }

  /// - Parameter duration: nil when it did not come to its end.
  func end(after duration: Duration?) {
    current.withLock { $0 = nil }
    guard let duration else { return }
    let (seconds, attoseconds) = duration.components
    finished(UInt64(max(seconds, 0)) * 1_000_000_000 + UInt64(max(attoseconds, 0)) / 1_000_000_000)
  }
}
