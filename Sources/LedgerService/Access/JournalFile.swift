import Glibc
import KeyLedger
import SQLite

/// `journal.sqlite`, open: one thread at a time.
final class JournalFile {
  let connection: Connection
  var uses: UsesTable { UsesTable(connection: connection) }

  /// For a lock that another process holds while it writes a batch.
  private static let busy = BusyPolicy.jitter(limitMilliseconds: 2_000)

  /// The length of the WAL from which on it is copied into the file.
  private static let walBytes: Int64 = 4 << 20

  /// Opens it for writing, made where there is none. One that is damaged, or of another ledger, is begun anew: it is
  /// disposable. One of another program or a newer format is left alone, and `MigrationError` says so.
  init(writing path: String, of ledger: LedgerID, since now: Instant) throws {
    do {
      connection = try JournalFile.connect(path, of: ledger, since: now)
    } catch let error where JournalFile.meansDamage(error) {
      JournalFile.discard(path)
      connection = try JournalFile.connect(path, of: ledger, since: now)
    }
  }

  /// Opens it for reading; nil where none is kept, or it is of another ledger.
  init?(reading path: String, of ledger: LedgerID) throws {
    guard LedgerDirectory.mode(of: path) != nil else { return nil }
    connection = try Connection(path: path, mode: .readOnly, busy: JournalFile.busy)
    guard try JournalSchema.migrator.check(connection) > 0, try owner() == ledger else { return nil }
  }

  var hasMoved: Bool { connection.fileHasMoved }
  func close() { connection.close() }

  private struct Foreign: Error {}

  /// A row that this program did not write.
  struct Strange: Error, CustomStringConvertible {
    let description = "it holds a row that this program did not write"
  }

  /// Takes the file away: the next one to write begins it anew.
  static func discard(_ path: String) {
    for name in [path, path + "-wal", path + "-shm"] { unsafe unlink(name) }
  }

  private static func connect(_ path: String, of ledger: LedgerID, since now: Instant) throws -> Connection {
    let connection = try Connection(path: path, mode: .create, busy: busy)
    _ = try JournalSchema.migrator.check(connection)
    // Of a file that is made here: a stretch is some hundred KB, and every page of it is read, written and synced by itself.
    try connection.execute("PRAGMA page_size=16384")
    // A power cut may take the last batches; a sync for each would be a burden to the ledger beside it.
    try connection.useWriteAheadLog(.normal)
    // Written from one end to the other, it gains nothing by remembering more. KiB.
    try connection.execute("PRAGMA cache_size=-512")
    try connection.execute("PRAGMA wal_autocheckpoint=\(walBytes / connection.pragma("page_size"))")
    try JournalSchema.migrator.migrate(connection)
    let expected = try SchemaObject.made(by: JournalSchema.script)
    guard try connection.schemaMatches(expected) == nil else { throw Foreign() }
    try connection.prepare("INSERT OR IGNORE INTO journal(one, ledger, since, dropped) VALUES (1, ?, ?, 0)")
      .run(ledger.description, now.milliseconds)
    let owner = try connection.prepare("SELECT ledger FROM journal WHERE one = 1")
    defer { owner.reset() }
    guard try owner.step(), LedgerID(try owner.text(0)) == ledger else { throw Foreign() }
    return connection
  }

  static func meansDamage(_ error: any Error) -> Bool {
    switch error {
    case is Foreign, is Strange: true
    case let error as SQLiteError: error.isCorrupt || error.isConstraint
    default: false
    }
  }

  private func owner() throws(SQLiteError) -> LedgerID? {
    let row = try connection.prepare("SELECT ledger FROM journal WHERE one = 1")
    defer { row.reset() }
    return try row.step() ? LedgerID(try row.text(0)) : nil
  }
}

// MARK: Writing

extension JournalFile {
  /// Writes all of it or nothing, and lets the oldest go beyond the limit, a batch at a time.
  ///
  /// - Parameter uses: those of this batch and of others before it; nil to write them another time.
  func append(_ batch: JournalBatch, uses: KeyUses?, alsoLost lost: Int64, limit: Int64) throws {
    try connection.write {
      try insert(JournalStretch(batch))
      try countUnlisted(batch)
      if let uses { try self.uses.add(uses.uses) }
      try connection.prepare("UPDATE journal SET dropped = dropped + ? WHERE one = 1").run(batch.dropped + lost)
      try connection.prepare("DELETE FROM stretches WHERE last <= (SELECT max(last) FROM stretches) - ?").run(limit)
    }
  }

  private func insert(_ stretch: JournalStretch) throws(SQLiteError) {
    guard stretch.count > 0 else { return }
    try connection.prepare(
      """
      INSERT INTO stretches(last, count, operations)
      VALUES ((SELECT coalesce(max(last), 0) FROM stretches) + ?1, ?1, ?2)
      """
    ).run(stretch.count, stretch.bytes)
  }

  private func countUnlisted(_ batch: JournalBatch) throws(SQLiteError) {
    var unlisted: [Slug?: [VerificationOutcome: Int64]] = [:]
    for entry in batch.entries where entry.key == nil {
      let kind = batch.kinds[Int(entry.kind)]
      unlisted[kind.environment, default: [:]][kind.outcome, default: 0] += 1
    }
    let unknown = try connection.prepare(
      """
      INSERT INTO unlisted(environment, outcome, count) VALUES (?1, ?2, ?3)
      ON CONFLICT(environment, outcome) DO UPDATE SET count = count + ?3
      """)
    for (environment, counts) in unlisted {
      for (outcome, count) in counts { try unknown.run(environment?.text ?? "", outcome.rawValue, count) }
    }
  }
}
