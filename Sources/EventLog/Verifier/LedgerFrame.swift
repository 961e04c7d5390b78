import Cryptography
import KeyLedger
import SQLite
import Transparency

/// What a ledger's file says of itself around its events, read in one transaction, so that it is one moment's whatever
/// is appended meanwhile.
struct LedgerFrame {
  /// Whose log it is: as the first readable record says.
  private(set) var ledger: LedgerID?
  /// The number of the last event.
  private(set) var size: UInt64 = 0
  /// The head row, as far as it is of its form.
  private(set) var head: Head?
  private(set) var findings = Findings()
  /// Whether the schema could be read, without which nothing can.
  private(set) var isReadable = false

  struct Head {
    let size: UInt64
    let root: Digest
    let frontier: Frontier?
  }

  /// Records at the beginning that are asked for their ledger.
  private static let firstRecords: Int64 = 3
  /// No row with a record takes less, so there are no more rows than the file has room for.
  private static let leastBytes: Int64 = 100

  /// Throws `notALedger` and `newerFormat`, and what has nothing to do with the content.
  init(_ reader: LenientReader) throws {
    guard try checkFormat(reader), try checkSchema(reader) else { return }
    isReadable = true
    try readHead(reader)
    try readSize(reader)
    try readOwner(reader)
    try countTiles(reader)
  }

  // MARK: Format and schema

  /// False when not even the header can be read.
  private mutating func checkFormat(_ reader: LenientReader) throws -> Bool {
    let read = try reader.attempt {
      (id: try reader.connection.applicationID(), version: try reader.connection.userVersion())
    }
    guard let found = keep(read, "the file can't be read") else { return false }
    if found.id != LedgerFormat.applicationID {
      guard try isLikeALedger(reader) else { throw LogError.notALedger("its application id is \(found.id)") }
      findings.add(nil, "its application id is \(found.id), not a ledger's")
    }
    guard found.version <= Int64(LedgerFormat.version) else {
      throw LogError.newerFormat(found: found.version, known: Int64(LedgerFormat.version))
    }
    if found.version != Int64(LedgerFormat.version) { findings.add(nil, "there is no format \(found.version)") }
    return true
  }

  /// Whether it has the table without which there is nothing to verify.
  private func isLikeALedger(_ reader: LenientReader) throws -> Bool {
    try reader.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'events'").value == 1
  }

  private mutating func checkSchema(_ reader: LenientReader) throws -> Bool {
    let read = try reader.attempt { try reader.connection.schemaMatches(try LedgerFormat.objects()) }
    guard let difference = keep(read, "its schema can't be read") else { return false }
    if let difference { findings.add(nil, "its schema: \(difference)") }
    return true
  }

  /// What was read; nil with a finding when it could not be.
  private mutating func keep<R>(_ read: Result<R, LenientReader.Unreadable>, _ what: String) -> R? {
    switch read {
    case .success(let value): return value
    case .failure(let unreadable):
      findings.add(nil, "\(what): \(unreadable.reason)")
      return nil
    }
  }

  // MARK: Head and size

  private mutating func readHead(_ reader: LenientReader) throws {
    var heads: [Head?] = []
    let unreadable = try reader.rows("SELECT size, root, frontier FROM head LIMIT 2") { row in
      heads.append(LedgerFrame.head(row))
      return true
    }
    if let unreadable { return findings.add(nil, "the head can't be read: \(unreadable.reason)") }
    guard heads.count == 1 else {
      return findings.add(nil, "it has \(heads.isEmpty ? "no head" : "more than one head")")
    }
    guard let head = heads[0] else { return findings.add(nil, "the head is not a size, a root and a frontier") }
    self.head = head
    if head.frontier == nil { findings.add(nil, "the head's frontier is not one of \(head.size) events") }
  }

  private static func head(_ row: Statement) -> Head? {
    guard row.holds(.integer, 0), row.holds(.blob, 1), row.holds(.blob, 2), let size = UInt64(exactly: row.int64(0)),
      let root = Digest(row.blob(1))
    else { return nil }
    return Head(size: size, root: root, frontier: Frontier(size: size, serialized: row.blob(2)))
  }

  /// The last event's number, bounded by what the file has room for: a number is quickly changed, and gaps are looked at
  /// one by one.
  private mutating func readSize(_ reader: LenientReader) throws {
    let pages = keep(try reader.number("PRAGMA page_count"), "its pages can't be counted") ?? 0
    let pageBytes = keep(try reader.number("PRAGMA page_size"), "its pages can't be counted") ?? 0
    let room = (pages ?? 0) * (pageBytes ?? 0) / LedgerFrame.leastBytes
    let last = keep(try reader.number("SELECT coalesce(max(sequence), 0) FROM events"), "its last event can't be found")
    let found = (last ?? nil) ?? Int64(clamping: head?.size ?? 0)
    size = UInt64(max(0, min(found, room)))
    if found > room { findings.add(nil, "an event is numbered \(found), and the file has no room for so many") }
    if let first = try reader.number("SELECT min(sequence) FROM events").value ?? nil, first < 1 {
      findings.add(nil, "there is an event numbered \(first)")
    }
    guard let head, head.size != size else { return }
    findings.add(min(head.size, size) + 1, "the head says \(head.size) events, the last is \(size)")
  }

  /// As most of the first records say: what is wrong with the others is found where all are read.
  private mutating func readOwner(_ reader: LenientReader) throws {
    var owners: [LedgerID] = []
    _ = try reader.rows("SELECT record FROM events ORDER BY sequence LIMIT ?", LedgerFrame.firstRecords) { row in
      if let owner = try row.withBlob(0, { Owner.of($0) }) { owners.append(owner) }
      return true
    }
    ledger = Owner.mostNamed(owners)
  }

  /// As many tiles on each level as the events fill, no more and no fewer; what is in them is compared elsewhere.
  private mutating func countTiles(_ reader: LenientReader) throws {
    var found: [Int: Int64] = [:]
    let unreadable = try reader.rows("SELECT level, count(*) FROM tiles GROUP BY level") { row in
      found[Int(row.int64(0))] = row.int64(1)
      return true
    }
    if let unreadable { return findings.add(nil, "the tiles can't be counted: \(unreadable.reason)") }
    for level in Set(found.keys).union(0..<Tile.maximumLevels).sorted() {
      let wanted = (0..<Tile.maximumLevels).contains(level) ? size >> UInt64(Tile.height * (level + 1)) : 0
      let count = found[level] ?? 0
      if count != Int64(wanted) { findings.add(nil, "level \(level) has \(count) tiles, where \(wanted) belong") }
    }
  }
}
