import EventLog
import Glibc
import KeyLedger
import LedgerService
import Projections

/// All views on disk, from the log alone.
struct Rebuilding {
  private let options: Options

  init(_ options: Options) { self.options = options }

  func run() throws {
    let log = try SQLiteLog(path: options.history.ledger, mode: .readOnly)
    // Where one takes the better part of a minute, it is a measurement by itself.
    let isLong = options.events > 1_000_000
    let seconds = isLong ? try fromNothing(log) : try Rounds(5, [{ try fromNothing(log) }]).median(0)
    let rate = Double(options.events) / seconds
    Figure(
      what: "views on disk from nothing", ours: format(rate, 0) + " events/s", target: ">= 250,000/s",
      isReached: rate >= 250_000
    ).show()
    let views = try Views(path: options.history.views, ledger: log.ledger)
    try views.catchUp(with: log)
    let again = Double(options.events) / (try timed { _ = try views.rebuild(from: log) })
    Figure(
      what: "rebuild beside views that answer, compared with them", ours: format(again, 0) + " events/s",
      target: ">= 250,000/s", isReached: again >= 250_000
    ).show()
  }

  private func fromNothing(_ log: SQLiteLog) throws -> Double {
    let scratch = options.data + "/views.sqlite"
    for suffix in ["", "-wal", "-shm"] { unsafe unlink(scratch + suffix) }
    return try timed {
      let views = try Views(path: scratch, ledger: log.ledger)
      defer { views.close() }
      guard try views.catchUp(with: log).sequence == UInt64(options.events) else { throw Failure("too few") }
    }
  }
}
