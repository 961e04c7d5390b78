internal import EventLog
internal import KeyLedger
internal import SQLite
internal import Transparency

/// Fills the shadow tables from the log, in batches, each a transaction with its position; `keys` last, which hold only
/// what is as of that position.
///
/// It can be killed at any point and taken up again, also by another process, also by two at once: each batch looks
/// where the last one ended. What others wrote is not read: their events are folded again, and must lead to the same
/// position. The tables have no indexes yet; every key is held in memory.
struct ShadowBuild {
  private let connection: Connection
  private let ledger: LedgerID
  private let writer: KeyRowWriter
  private let rows: RowsAhead
  /// How far the tables have come, as far as this build knows.
  private(set) var position: ViewsPosition
  /// Where it was taken up; nil for one that began from nothing.
  private(set) var resumedFrom: UInt64?
  /// Whether some of it is the work of others, or of an earlier run, and so rests on what was found in the file.
  private(set) var restsOnOthers = false

  /// Another process has put the shadow tables in place.
  struct Gone: Error {}

  /// Another process has carried the shadow tables on.
  struct Further: Error {}

  /// Takes up what a killed build left, unless it can't be of this log; else begins.
  init(_ connection: Connection, _ ledger: LedgerID, _ generation: ViewsSchema.Generation, head: LogHead) throws {
    self.connection = connection
    self.ledger = ledger
    rows = RowsAhead(ledger)
    position = .start(ledger)
    resumedFrom = try ShadowBuild.prepare(connection, ledger, generation, head)
    writer = try connection.read {
      _ = try ShadowBuild.standing(connection, ledger, atLeast: 0)
      return try KeyRowWriter(connection, .shadow)
    }
  }

  /// How far the shadow tables have come. Throws `Gone` where they do not hold what a build has put into them: they
  /// are in place already, or another process has begun anew. In the transaction of the caller that relies on it.
  private static func standing(
    _ connection: Connection, _ ledger: LedgerID, atLeast sequence: UInt64
  ) throws -> ViewsPosition {
    guard let position = try? ViewsPosition.read(connection, .shadow), position.ledger == ledger,
      position.sequence >= sequence
    else { throw Gone() }
    return position
  }

  /// Nothing where the shadow tables have come just so far, and so are whole. Else throws `Gone`, or `Further`.
  static func expect(_ connection: Connection, _ position: ViewsPosition) throws {
    let found = try standing(connection, position.ledger, atLeast: position.sequence)
    guard found.sequence == position.sequence else { throw Further() }
  }

  /// The tables, with what is known to be wrong with them thrown away.
  static func drop(_ connection: Connection) throws {
    try connection.write { try connection.execute(ViewsSchema.drop(.shadow)) }
  }

  private static func prepare(
    _ connection: Connection, _ ledger: LedgerID, _ generation: ViewsSchema.Generation, _ head: LogHead
  ) throws -> UInt64? {
    let tables = try SchemaObject.made(by: ViewsSchema.tables(.shadow))
    let indexes = ViewsSchema.indexes(.shadow, generation)
    return try connection.write {
      let found = try connection.schema().filter { $0.table.hasSuffix(ViewsSchema.Tables.shadow.rawValue) }
      // A build that was killed at its end has some of its indexes already.
      let isWhole = tables.allSatisfy { found.contains($0) }
      let isOurs = found.allSatisfy { object in tables.contains(object) || indexes.contains(object.sql ?? "") }
      if isWhole, isOurs, let position = try ViewsPosition.read(connection, .shadow), position.ledger == ledger,
        (1...head.size).contains(position.sequence)
      {
        return position.sequence
      }
      try connection.execute(ViewsSchema.drop(.shadow) + ViewsSchema.tables(.shadow))
      try ViewsPosition.start(ledger).write(connection, .shadow)
      return nil
    }
  }

  // MARK: Batches

  /// Goes on, batch by batch, towards the head that the log has, at most as far as one look at the log may last;
  /// `progress` is told after each batch. True when the head is reached. Throws `NotOfThisLog` when the root there is
  /// another, `Gone` when the tables are in place already.
  mutating func advance(
    _ log: any EventLog, _ limits: ViewsLimits, _ progress: (RebuildProgress) throws -> Void
  ) throws -> Bool {
    let head = try log.read { try $0.head() }
    try absorb(log)
    // Another process may have gone further than this look at the log.
    guard position.sequence <= head.size else { return false }
    if position.sequence == head.size {
      try progress(RebuildProgress(done: head.size, total: head.size))
    } else {
      let through = min(position.sequence + limits.pageEvents * UInt64(limits.pagesPerLook), head.size)
      try write(from: log, through: through, limits.pageEvents) {
        try progress(RebuildProgress(done: $0, total: head.size))
      }
      guard position.sequence == head.size else { return false }
    }
    guard position.root == head.root else { throw NotOfThisLog(size: head.size) }
    return true
  }

  /// Ends early when another process was quicker.
  private mutating func write(
    from log: any EventLog, through: UInt64, _ events: UInt64, _ progress: (UInt64) throws -> Void
  ) throws {
    // After a commit there is nothing to roll back.
    defer { connection.rollback() }
    try rows.forEachBatch(log, through: through, events: events) { rows in
      try connection.begin(.immediate)
      let found = try ShadowBuild.standing(connection, ledger, atLeast: 0)
      guard found.sequence == position.sequence else { return false }
      try writer.removeKeys()
      try writer.insert(rows)
      let reached = ViewsPosition(ledger: ledger, frontier: rows.frontier, idempotencyKeys: rows.idempotencyKeys)
      try reached.write(connection, .shadow)
      try connection.commit()
      position = reached
      try progress(reached.sequence)
      return true
    }
  }

  /// Follows where the tables have come beyond what this build knows: to the end after a kill, by a batch when another
  /// process is at it too. Throws `NotOfThisLog` where the log leads to another position.
  private mutating func absorb(_ log: any EventLog) throws {
    let found = try connection.read { try ShadowBuild.standing(connection, ledger, atLeast: 0) }
    if found.sequence > 0, found.sequence != position.sequence { restsOnOthers = true }
    let folded = rows.position.sequence
    if folded > found.sequence { rows.startOver() }
    if folded != found.sequence { try rows.skip(log, through: found.sequence) }
    guard rows.position == found else { throw NotOfThisLog(size: found.sequence) }
    position = found
  }

  /// Writes the keys as of where the tables stand. Throws as `expect`.
  func finish() throws {
    try connection.write {
      try ShadowBuild.expect(connection, position)
      try writer.removeKeys()
      try writer.insert(keys: rows.keys[...])
    }
  }
}
