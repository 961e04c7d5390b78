import EventLog
import KeyLedger
import LedgerService
import Projections
import Transparency

/// The whole log verified, alone and with every view, against its replay by two threads.
struct Verifying {
  private let options: Options
  private let log: SQLiteLog

  init(_ options: Options) throws {
    self.options = options
    log = try SQLiteLog(path: options.history.ledger, mode: .readOnly)
    let views = try Views(path: options.history.views, ledger: log.ledger)
    defer { views.close() }
    try views.catchUp(with: log)
  }

  func run() throws {
    let rounds = try Rounds(
      5,
      [
        { try timed { try replayKeyTable() } }, { try timed { try verify(logOnly: true) } },
        { try timed { try verify(logOnly: false) } },
      ])
    show("verify --log-only, 2 threads", rounds, 1, target: 0.9)
    show("verify with every view", rounds, 2, target: 0.5)
  }

  private func show(_ what: String, _ rounds: Rounds, _ index: Int, target: Double) {
    let ratio = rounds.ratio(0, to: index)
    Figure(
      what: what, ours: rate(rounds.median(index)), against: "replay " + rate(rounds.median(0)), ratio: ratio,
      target: ">= \(format(target, 2))x", isReached: ratio >= target
    ).show()
  }

  private func rate(_ seconds: Double) -> String { format(Double(options.events) / seconds / 1_000, 0) + " k events/s" }

  private func replayKeyTable() throws {
    var table = KeyTableFold()
    var frontier = Frontier()
    try replay(log, from: &frontier) { table.evolve($0) }
    guard table.sequence == UInt64(options.events) else { throw Failure("\(table.sequence) events") }
  }

  private func verify(logOnly: Bool) throws {
    let report = try LedgerExamination(kept: nil) { _, _ in }.ledger(of: options.history, logOnly: logOnly)
    guard report.log.size == UInt64(options.events) else { throw Failure("\(report.log.size) events") }
    // The generated history's ledger was written to without a service, so its guard is behind, and no more.
    guard report.log.isWhole else { throw Failure("\(report.log.findings.list)") }
  }
}
