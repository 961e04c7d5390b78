public import KeyLedger
import Synchronization

/// Takes down who was let in and who was refused, beside the answering path: whoever records waits for no disk and hears of
/// no failure. What comes faster than it can be written is dropped and counted.
///
/// Any thread may record. One thread of its own writes.
public final class AccessJournal: Sendable {
  private struct Waiting {
    var batch = JournalBatch()
    var isStopping = false
  }

  private let waiting = Mutex(Waiting())
  private let thread: SideThread
  private let figures = Mutex(JournalFigures())

  /// How long it gathers before it writes: one transaction serves all of them. Milliseconds.
  private static let pause = 200

  /// Starts the thread. The file is opened there, and looked for again while it can't be had. Throws when the process
  /// has no thread or descriptor left.
  ///
  /// - Parameter limit: entries kept; the oldest go first.
  public init(
    _ directory: LedgerDirectory, of ledger: LedgerID, clock: any Clock = SystemClock(),
    limit: Int64 = AccessJournal.maximumEntries
  ) throws(Refusal) {
    thread = try SideThread()
    let path = directory.journal
    try thread.start { [self] in live(JournalWriter(path: path, ledger: ledger, clock: clock, limit: limit)) }
  }

  /// Some 25 MB.
  public static let maximumEntries: Int64 = 250_000

  /// Notes one operation. Some 50 ns; never waits for more than another who does the same.
  public func record(_ operation: borrowing JournaledOperation, method: Span<UInt8>, path: Span<UInt8>) {
    let ring = waiting.withLock { waiting in
      let (wasEmpty, wasHalfFull) = (waiting.batch.isEmpty, waiting.batch.isHalfFull)
      waiting.batch.add(operation, method: method, path: path)
      return wasEmpty || (!wasHalfFull && waiting.batch.isHalfFull)
    }
    if ring { thread.wake() }
  }

  /// How it fares.
  public var state: JournalFigures { figures.withLock { $0 } }

  /// Writes what waits, then closes the file.
  public func close() {
    waiting.withLock { $0.isStopping = true }
    thread.wake()
    thread.waitForEnd()
  }

  /// The life of its thread.
  private func live(_ writer: JournalWriter) {
    var writer = writer
    var batch = JournalBatch()
    var isStopping = false
    while !isStopping {
      thread.wait()
      if !isFull { thread.wait(milliseconds: AccessJournal.pause) }
      batch.removeAll()
      isStopping = waiting.withLock { waiting in
        swap(&waiting.batch, &batch)
        return waiting.isStopping
      }
      if batch.isEmpty { continue }
      let written = writer.write(batch)
      figures.withLock { $0.add(batch, written: written) }
    }
    writer.end()
  }

  /// Whether there is no point in gathering any longer.
  private var isFull: Bool { waiting.withLock { $0.isStopping || $0.batch.isHalfFull } }
}

/// How a journal has fared since the process began.
public struct JournalFigures: Sendable, Equatable {
  public private(set) var written: Int64 = 0
  /// Found no room, or the disk refused them.
  public private(set) var dropped: Int64 = 0

  init(written: Int64 = 0) { self.written = written }

  mutating func add(_ batch: JournalBatch, written isWritten: Bool) {
    let count = Int64(batch.entries.count)
    if isWritten { written += count }
    dropped += batch.dropped + (isWritten ? 0 : count)
  }
}
