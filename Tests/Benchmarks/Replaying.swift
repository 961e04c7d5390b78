import CSQLite
import EventLog
import KeyLedger
import LedgerService
import Projections
import Transparency

/// The whole log folded into the key table in memory, with its Merkle root, against a bare scan of the same rows.
struct Replaying {
  private let options: Options
  private let log: SQLiteLog

  init(_ options: Options) throws {
    self.options = options
    log = try SQLiteLog(path: options.history.ledger, mode: .readOnly)
  }

  func run() throws {
    let path = options.history.ledger
    let rounds = try Rounds(
      options.rounds,
      [
        { try processed { try bareScan(path, events: options.events) } },
        { try processed { try replayKeyTable(threads: 1) } },
        { try processed { try readOnly() } },
        { try processed { try decodeOnly() } },
        { try processed { try hashOnly() } },
        { try timed { try bareScan(path, events: options.events) } },
        { try timed { try replayKeyTable(threads: 2) } },
        { try timed { try index() } },
      ])
    let ratio = rounds.ratio(0, to: 1)
    Figure(
      what: "replay into the key table, root checked, 1 thread", ours: rate(rounds.median(1)),
      against: "scan " + rate(rounds.median(0)), ratio: ratio, target: ">= 0.40x", isReached: ratio >= 0.4
    ).show()
    let both = rounds.ratio(5, to: 6)
    Figure(
      what: "the same, 2 threads", ours: rate(rounds.median(6)), against: "scan " + rate(rounds.median(5)),
      ratio: both, target: ">= 0.65x", isReached: both >= 0.65
    ).show()
    Figure(
      what: "verification index from the log, as `serve` starts", ours: format(rounds.median(7) * 1_000, 0) + " ms",
      against: "scan " + format(rounds.median(5) * 1_000, 0) + " ms", ratio: rounds.ratio(5, to: 7)
    ).show()
    for (index, what) in [(2, "reading"), (3, "reading and decoding"), (4, "reading and hashing")] {
      Figure(
        what: "  of that: \(what) alone", ours: rate(rounds.median(index)),
        against: "scan " + rate(rounds.median(0)), ratio: rounds.ratio(0, to: index)
      ).show()
    }
  }

  private func rate(_ seconds: Double) -> String { format(Double(options.events) / seconds / 1_000, 0) + " k events/s" }

  private func replayKeyTable(threads: Int) throws {
    var table = KeyTableFold()
    var frontier = Frontier()
    if threads == 1 {
      try log.read { try replay($0, from: &frontier) { table.evolve($0) } }
    } else {
      try replay(log, from: &frontier) { table.evolve($0) }
    }
    guard try log.read({ try $0.head().root }) == frontier.root else { throw Failure("another root") }
    guard table.sequence == UInt64(options.events) else { throw Failure("\(table.sequence) events") }
  }

  private func index() throws {
    var index = VerificationIndex(ledger: log.ledger)
    try index.catchUp(with: log)
    guard index.sequence == UInt64(options.events) else { throw Failure("\(index.sequence) events") }
  }

  private func readOnly() throws {
    var bytes = 0
    try log.read { log in
      try log.records(after: 0, through: .max) { _, record in
        bytes += record.count
        return true
      }
    }
    guard bytes > options.events else { throw Failure("no records") }
  }

  private func decodeOnly() throws {
    var versions: UInt64 = 0
    try log.read { log in
      try log.eventsInOrder(after: 0, through: .max) { event, _ in
        versions += event.version
        return true
      }
    }
    guard versions > 0 else { throw Failure("no events") }
  }

  private func hashOnly() throws {
    var frontier = Frontier()
    try log.read { log in
      try log.forEachPage(after: 0, through: .max) { page in
        page.hash()
        frontier.append(contentsOf: page.leafHashes)
        return true
      }
      guard try frontier.root == log.head().root else { throw Failure("another root") }
    }
  }
}

/// Every row's number and record, read in place, by SQLite alone.
private func bareScan(_ path: String, events: Int) throws {
  var opened: OpaquePointer?
  guard unsafe sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK else {
    throw Failure("cannot open \(path)")
  }
  defer { unsafe sqlite3_close(opened) }
  var statement: OpaquePointer?
  let sql = "SELECT sequence, record FROM events ORDER BY sequence"
  guard unsafe sqlite3_prepare_v2(opened, sql, -1, &statement, nil) == SQLITE_OK else { throw Failure("cannot scan") }
  defer { unsafe sqlite3_finalize(statement) }
  var (count, sum) = (0, 0)
  while unsafe sqlite3_step(statement) == SQLITE_ROW {
    count += 1
    sum &+= Int(unsafe sqlite3_column_int64(statement, 0))
    let record = unsafe sqlite3_column_blob(statement, 1)
    let length = Int(unsafe sqlite3_column_bytes(statement, 1))
    if let record = unsafe record, length > 0 { sum &+= Int(unsafe record.load(as: UInt8.self)) }
  }
  guard count == events, sum > 0 else { throw Failure("a scan of \(count) events") }
}
