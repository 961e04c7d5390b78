package import EventLog
internal import KeyLedger
internal import SQLite
internal import Transparency

/// The tables are not what this log makes of them, up to the event that showed it.
struct NotOfThisLog: Error { let size: UInt64 }

extension Views {
  /// Looks in a row at which another process was quicker.
  private static let attempts = 1_000

  /// Brings the views to the head of the log, and says where that is. Where nothing is missing it costs two rows.
  ///
  /// Views that are not of this log (another ledger's, beyond its head, another root) or damaged are built anew. Any
  /// number of processes may do this at once. Throws `ViewsError` and `LogError`; an event that can't be read stops it.
  /// Not inside `log.write`: `catchUp(under:)` is for there.
  @discardableResult
  package func catchUp(
    with log: any EventLog, progress: (RebuildProgress) throws -> Void = { _ in }
  ) throws -> ViewsPosition {
    try healing {
      for _ in 0..<Views.attempts {
        // Read before the look at the log: a position can then not be ahead of it because others are quick.
        let position = try standing()
        if position.sequence == 0, try log.read({ try $0.head().size }) >= limits.bulkEvents {
          try fill(from: log, progress)
        } else if let there = try log.read({ try advance($0, from: position, pages: limits.pagesPerLook, progress) }) {
          return there
        }
      }
      throw ViewsError.busy
    }
  }

  /// As `catchUp(with:)`, with the log's write lock held. It must come before anything is appended: views of events
  /// that may yet be undone would be thrown away at the next look.
  @discardableResult
  package func catchUp(under writer: any LogWriter) throws -> ViewsPosition {
    try healing {
      while true {
        if let there = try advance(writer, from: standing(), pages: .max, { _ in }) { return there }
      }
    }
  }

  /// Runs a question over views that are caught up; when they turn out damaged they are built anew and asked again.
  package func answer<R>(
    with log: any EventLog, progress: (RebuildProgress) throws -> Void, _ question: (ViewsPosition) throws -> R
  ) throws -> R {
    do {
      return try question(try catchUp(with: log, progress: progress))
    } catch ViewsError.damaged {
      try startOver()
      return try question(try catchUp(with: log, progress: progress))
    }
  }

  /// Runs `body`, and once more on an empty file when the views turn out damaged or not of this log.
  func healing<R>(_ body: () throws -> R) throws -> R {
    if connection.fileHasMoved { try reopen() }
    do {
      return try translated(body)
    } catch let error where error is NotOfThisLog || isDamage(error) {
      try startOver()
    }
    do {
      return try translated(body)
    } catch let error as NotOfThisLog {
      // From nothing, so it is the log: its records do not lead to its own root.
      throw ViewsError.logContradictsItself(size: error.size)
    }
  }

  /// A header that says "read only" while we may write the file is a damaged header.
  func isDamage(_ error: any Error) -> Bool {
    switch error as? ViewsError {
    case .damaged: true
    case .readOnly: isWritable
    default: false
    }
  }

  // MARK: Page by page

  /// Where the views stand; in a new file, at the start.
  private func standing() throws -> ViewsPosition {
    if let position = try ViewsPosition.read(connection, .live) { return position }
    return try connection.write {
      if let position = try ViewsPosition.read(connection, .live) { return position }
      // Rows without a position, or with one that contradicts itself, are not to be trusted.
      guard try isEmpty() else { throw NotOfThisLog(size: 0) }
      let start = ViewsPosition.start(ledger)
      try start.write(connection, .live)
      return start
    }
  }

  func isEmpty() throws -> Bool {
    let row = try connection.prepare("SELECT EXISTS(SELECT 1 FROM position)")
    defer { row.reset() }
    return try row.step() && row.int64(0) == 0 && holdsNoRows()
  }

  func holdsNoRows() throws -> Bool {
    let row = try connection.prepare(
      """
      SELECT \(RowTable.allCases.map { "EXISTS(SELECT 1 FROM \($0.rawValue))" }.joined(separator: " OR "))
      """)
    defer { row.reset() }
    return try row.step() && row.int64(0) == 0
  }

  /// Nil when there is more to do after another look at the log. Throws `NotOfThisLog` where the position
  /// contradicts it.
  private func advance(
    _ reader: any LogReader, from position: ViewsPosition, pages: Int, _ progress: (RebuildProgress) throws -> Void
  ) throws -> ViewsPosition? {
    let head = try reader.head()
    guard position.ledger == ledger, position.sequence <= head.size else { throw NotOfThisLog(size: head.size) }
    if position.sequence == head.size {
      guard position.root == head.root else { throw NotOfThisLog(size: head.size) }
      return position
    }
    for _ in 0..<pages {
      guard let reached = try page(reader, head) else { return nil }
      try progress(RebuildProgress(done: reached.sequence, total: head.size))
      if reached.sequence == head.size { return reached }
    }
    return nil
  }

  /// One page, in one transaction. Nil when another process has gone as far as this look at the log, or further.
  private func page(_ reader: any LogReader, _ head: LogHead) throws -> ViewsPosition? {
    try connection.write {
      // Read again under the lock: another process may have written this page while we waited.
      guard let position = try ViewsPosition.read(connection, .live), position.ledger == ledger else {
        throw NotOfThisLog(size: head.size)
      }
      guard position.sequence < head.size else { return nil }
      return try apply(reader, head, after: position)
    }
  }

  /// Applies at most a page of events to the tables that answer and moves their position. In a transaction of the
  /// caller, to be undone when it throws.
  func apply(_ reader: any LogReader, _ head: LogHead, after position: ViewsPosition) throws -> ViewsPosition {
    let through = min(position.sequence + limits.pageEvents, head.size)
    var page = try ViewsPage(connection, from: position)
    try reader.eventsInOrder(after: position.sequence, through: through) { event, record in
      try page.apply(event, record)
      return true
    }
    guard page.frontier.size == through else {
      throw LogError.damaged("the log ends at event \(page.frontier.size), before its head")
    }
    try page.write()
    let reached = ViewsPosition(ledger: ledger, frontier: page.frontier, idempotencyKeys: page.idempotencyKeys)
    guard through < head.size || reached.root == head.root else { throw NotOfThisLog(size: head.size) }
    try reached.write(connection, .live)
    return reached
  }
}
