internal import EventLog
internal import KeyLedger
internal import Synchronization
internal import Transparency

/// A fold of the log from its beginning that gives the rows of the views, batch by batch, made by a thread of its own
/// some batches ahead of whoever writes or compares them. About 300 bytes a key.
final class RowsAhead: Sendable {
  private struct Fold {
    var decoder: RecordDecoder
    var maker = RowMaker()
    var frontier = Frontier()
    /// Of the events that are added, and where their data lie in their records.
    private var events: [Event] = []
    private var data: [Range<Int>] = []

    init(_ ledger: LedgerID) { decoder = RecordDecoder(ledger: ledger) }

    mutating func add(_ page: borrowing RecordPage, _ range: Range<Int>, to rows: inout ViewRows) throws {
      events.removeAll(keepingCapacity: true)
      data.removeAll(keepingCapacity: true)
      for index in range {
        try decoder.read(index, of: page, to: &events)
        data.append(decoder.data)
      }
      let events = events
      maker.lookUp(events.span)
      for (place, index) in range.enumerated() {
        maker.add(lookedUp: place, of: events.span, details: page.record(index).extracting(data[place]), to: &rows)
      }
      frontier.append(contentsOf: page.leafHashes[range])
    }
  }

  private let ledger: LedgerID
  private let fold: Mutex<Fold>

  /// Batches that are made ahead at most.
  private static let batchesUnderWay = 3

  init(_ ledger: LedgerID) {
    self.ledger = ledger
    fold = Mutex(Fold(ledger))
  }

  /// How far it has come.
  var position: ViewsPosition {
    fold.withLock {
      ViewsPosition(ledger: ledger, frontier: $0.frontier, idempotencyKeys: $0.maker.idempotencyKeys)
    }
  }

  /// Each key as the last event folded left it, in the order in which they began.
  var keys: [KeyState] { fold.withLock { $0.maker.keys.list } }

  /// Goes back to the beginning.
  func startOver() { fold.withLock { $0 = Fold(ledger) } }

  /// Goes on to event `through`, or to the end of the log where that is earlier, and gives no rows.
  func skip(_ log: any EventLog, through: UInt64) throws {
    try fold.withLock { fold in
      var rows = ViewRows()
      try log.forEachPage(after: fold.frontier.size, through: through) { page in
        page.hash()
        rows.restart(after: page.after)
        try fold.add(page, 0..<page.count, to: &rows)
        return true
      }
    }
  }

  /// Goes on to event `through`, `events` at a time, as long as `body` wants more. When it wants no more, or something
  /// is thrown, the fold is further than what `body` was given: start over.
  func forEachBatch(
    _ log: any EventLog, through: UInt64, events: UInt64, _ body: (inout ViewRows) throws -> Bool
  ) throws {
    let open = log.another()
    try Belt.run(Array(repeating: ViewRows(), count: RowsAhead.batchesUnderWay)) { [self] belt in
      try open().read { reader in
        try fold.withLock { try RowsAhead.fill(belt, reader, &$0, through, events) }
      }
    } _: {
      try body(&$0)
    }
  }

  private static func fill(
    _ belt: Belt<ViewRows>, _ reader: any LogReader, _ fold: inout Fold, _ through: UInt64, _ events: UInt64
  ) throws {
    guard var rows = belt.nextEmpty() else { return }
    rows.restart(after: fold.frontier.size)
    try reader.forEachPage(after: fold.frontier.size, through: through) { page in
      page.hash()
      while fold.frontier.size < page.last {
        let end = min(page.last, rows.after + events)
        try fold.add(page, Int(fold.frontier.size - page.after)..<Int(end - page.after), to: &rows)
        guard end == rows.after + events || end == through else { continue }
        (rows.frontier, rows.idempotencyKeys) = (fold.frontier, fold.maker.idempotencyKeys)
        belt.put(&rows)
        guard end < through, let next = belt.nextEmpty() else { return false }
        rows = next
        rows.restart(after: end)
      }
      return true
    }
  }
}
