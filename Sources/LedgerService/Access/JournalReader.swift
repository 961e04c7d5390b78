import Formats
import KeyLedger
import SQLite

/// The access journal as questions see it: opened when the first one is asked, looked for again when it was not there or
/// has been replaced.
final class JournalReader {
  private let path: String
  private let ledger: LedgerID
  private var file: JournalFile?
  /// The keys that have been used, as they were read last. None is ever taken away, so as many are the same ones.
  private var used: (count: Int64, keys: Set<KeyID>) = (0, [])
  /// Whether anything was wanted of it since this was last set.
  var wasAsked = false

  init(path: String, ledger: LedgerID) {
    self.path = path
    self.ledger = ledger
  }

  /// Of each of these keys, in their order. Of a journal that is not there, or can't be read, nothing is known: it is no
  /// reason to fail.
  func lastUses(of keys: [KeyID]) -> [LastUse] {
    let found = try? ask { file -> [LastUse]? in
      guard let since = try file.since() else { return nil }
      return try keys.map { try file.lastUse(of: $0, since: since) }
    }
    return found ?? keys.map { _ in LastUse(at: nil, count: 0, since: nil) }
  }

  /// Which keys have been used since when; nil where no journal is kept, or it can't be read. Cost: a count, and when that
  /// is another one all of them.
  func usedKeys() -> UsedKeys? {
    try? ask { file in
      guard let since = try file.since() else { return nil }
      let count = try file.uses.count()
      if count != used.count { used = (count, try file.uses.keys()) }
      return UsedKeys(since: since, keys: used.keys)
    }
  }

  /// A page; an empty one where no journal is kept.
  func page(_ filter: JournalQuery) throws(Refusal) -> AccessPage {
    do {
      return try ask { file in
        AccessPage(
          entries: try file.entries(filter), unlisted: try file.unlisted(filter.environment),
          dropped: try file.dropped(), since: try file.since())
      } ?? AccessPage(entries: [], unlisted: [:], dropped: 0, since: nil)
    } catch let error as SQLiteError where error.isBusy {
      throw Refusal(.busy, "Another process is writing the access journal; try again.")
    } catch let error as SQLiteError where error.isFull {
      throw Refusal(.noSpace, "The disk is full, so the access journal cannot be opened; make room and try again.")
    } catch {
      throw Refusal(
        .damaged, "The access journal cannot be read: \(error). Move journal.sqlite away, and a new one is begun.")
    }
  }

  private func ask<R>(_ question: (JournalFile) throws -> R?) throws -> R? {
    wasAsked = true
    if file?.hasMoved ?? true {
      used = (0, [])
      file = try JournalFile(reading: path, of: ledger)
    }
    guard let file else { return nil }
    do {
      return try file.connection.read { try question(file) }
    } catch {
      self.file = nil
      throw error
    }
  }
}

/// A filter whose names have been looked up.
struct JournalQuery {
  let environment: Slug
  let key: KeyID?
  let outcome: VerificationOutcome?
  let since: Instant?
  let until: Instant?
  let before: Int64?
  let limit: Int

  func wants(_ entry: AccessEntry) -> Bool {
    entry.number < before ?? .max && (key ?? entry.key) == entry.key && (outcome ?? entry.outcome) == entry.outcome
      && entry.time >= since ?? entry.time && entry.time < until ?? .distantFuture
  }
}

// MARK: Reading

extension JournalFile {
  fileprivate func since() throws -> Instant? {
    let row = try connection.prepare("SELECT since FROM journal WHERE one = 1")
    defer { row.reset() }
    guard try row.step() else { return nil }
    guard let since = Instant(tellable: row.int64(0)) else { throw JournalFile.Strange() }
    return since
  }

  fileprivate func dropped() throws -> Int64 {
    let row = try connection.prepare("SELECT dropped FROM journal WHERE one = 1")
    defer { row.reset() }
    return try row.step() ? JournalFile.count(row, 0) : 0
  }

  /// What can be told as a number (RFC 8259 §6 names ±(2^53 − 1)).
  private static func count(_ row: Statement, _ column: Int32) throws -> Int64 {
    let count = row.int64(column)
    guard 0...JSONLimits.greatestInteger ~= count else { throw Strange() }
    return count
  }

  fileprivate func lastUse(of key: KeyID, since: Instant) throws -> LastUse {
    let use = try uses.find(key)
    return LastUse(at: use?.at, count: use?.count ?? 0, since: since)
  }

  /// Those that were shown to the environment, or to the service itself, where no environment is named.
  fileprivate func unlisted(_ environment: Slug) throws -> [VerificationOutcome: Int64] {
    let rows = try connection.prepare(
      "SELECT outcome, sum(count) FROM unlisted WHERE environment IN (?, '') GROUP BY outcome")
    defer { rows.reset() }
    try rows.bind(1, environment.text)
    var counts: [VerificationOutcome: Int64] = [:]
    while try rows.step() {
      if let outcome = VerificationOutcome(rawValue: try rows.text(0)) {
        counts[outcome] = try JournalFile.count(rows, 1)
      }
    }
    return counts
  }

  /// Cost: a walk over the journal, newest first, until the page is full.
  fileprivate func entries(_ query: JournalQuery) throws -> [AccessEntry] {
    let rows = try connection.prepare(
      "SELECT last, count, operations FROM stretches WHERE last - count + 1 < ?1 ORDER BY last DESC")
    defer { rows.reset() }
    try rows.bind(1, query.before ?? .max)
    var entries: [AccessEntry] = []
    while entries.count < query.limit, try rows.step() {
      let (last, count) = (rows.int64(0), rows.int64(1))
      let stretch = try rows.withBlob(2) { bytes in
        JournalStretch.entries(of: query.environment, in: bytes, last: last, count: count)
      }
      guard let stretch else { throw JournalFile.Strange() }
      entries += stretch.reversed().lazy.filter(query.wants).prefix(query.limit - entries.count)
    }
    return entries
  }
}
