import KeyLedger
import SQLite

/// Writes batches into `journal.sqlite`. Lives on the journal's thread.
///
/// A file that can't be had or written costs its batch and nothing else; it is tried again after a while.
struct JournalWriter {
  private let path: String
  private let ledger: LedgerID
  private let clock: any Clock
  private let limit: Int64
  private var file: JournalFile?
  private var failed: Instant?
  /// What was lost since the file last took anything: told there once it does again.
  private var lost: Int64 = 0
  /// Uses that are told at the next occasion.
  private var uses = KeyUses()

  /// After a failure the file is left alone so long. Milliseconds.
  private static let patience: Int64 = 1_000

  init(path: String, ledger: LedgerID, clock: any Clock, limit: Int64) {
    self.path = path
    self.ledger = ledger
    self.clock = clock
    self.limit = limit
  }

  /// Whether it was written.
  mutating func write(_ batch: JournalBatch) -> Bool {
    do {
      let file = try opened()
      uses.add(batch)
      let areDue = uses.areDue
      try file.append(batch, uses: areDue ? uses : nil, alsoLost: lost, limit: limit)
      if areDue { uses.removeAll() }
      lost = 0
      return true
    } catch {
      uses.removeAll()
      lost += Int64(batch.entries.count) + batch.dropped
      close()
      if JournalFile.meansDamage(error) { JournalFile.discard(path) }
      failed = clock.now()
      return false
    }
  }

  /// Writes what was held back, then closes the file.
  mutating func end() {
    if let file { try? file.connection.write { try file.uses.add(uses.uses) } }
    close()
  }

  private mutating func close() {
    file?.close()
    file = nil
  }

  private mutating func opened() throws -> JournalFile {
    if let file, !file.hasMoved { return file }
    close()
    let now = clock.now()
    if let failed, now.isWithin(JournalWriter.patience, of: failed) { throw Unavailable() }
    let opened = try JournalFile(writing: path, of: ledger, since: now)
    file = opened
    return opened
  }

  private struct Unavailable: Error {}
}
