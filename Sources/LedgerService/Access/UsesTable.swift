import Formats
import KeyLedger
import SQLite

/// The last use of each key and how many there were, in pages of some hundred keys in their order: of very many keys that
/// are in use at once each page has some, and to read and write it as a whole costs less than ten rows of their own would.
///
/// A row of a page is 32 bytes: the key's ULID as two numbers, the time of its last use and the count; little-endian. A page
/// holds the keys from its `first` up to the next one's.
struct UsesTable {
  let connection: Connection

  static let schema = """
    CREATE TABLE uses(
      first INTEGER PRIMARY KEY,
      keys BLOB NOT NULL
    ) STRICT;
    """

  /// Keys of a page at most: as many as fit into a page of the file's.
  private static let most = 480
  private static let rowBytes = 32
  /// More uses than any key ever had.
  private static let mostUses = UInt64(JSONLimits.greatestInteger)

  /// Adds them to what is there. In the order of their keys, each once.
  func add(_ uses: [KeyUse]) throws {
    var rest = uses[...]
    while let use = rest.first {
      let (first, rows) = try page(UsesTable.place(use.key)) ?? (.min, [])
      let end = try next(after: first)
      let here = rest.prefix { use in end.map { UsesTable.place(use.key) < $0 } ?? true }
      try put(UsesTable.merged(rows, here), first)
      rest = rest[here.endIndex...]
    }
  }

  /// Nil for a key that was never used.
  func find(_ key: KeyID) throws -> KeyUse? {
    try page(UsesTable.place(key))?.rows.first { $0.key == key }
  }

  /// How many keys have been used.
  func count() throws(SQLiteError) -> Int64 {
    let row = try connection.prepare("SELECT coalesce(sum(length(keys)), 0) FROM uses")
    defer { row.reset() }
    return try row.step() ? row.int64(0) / Int64(UsesTable.rowBytes) : 0
  }

  /// All keys that have been used.
  func keys() throws -> Set<KeyID> {
    let rows = try connection.prepare("SELECT keys FROM uses")
    defer { rows.reset() }
    var keys: Set<KeyID> = []
    while try rows.step() { keys.formUnion(try rows.withBlob(0, UsesTable.read).map(\.key)) }
    return keys
  }

  // MARK: Pages

  /// The upper half of an id, in an order that SQLite's numbers have.
  private static func place(_ key: KeyID) -> Int64 {
    Int64(bitPattern: UInt64(truncatingIfNeeded: key.ulid.bits >> 64) ^ 1 << 63)
  }

  /// The page that holds what is at this place; nil where there is none yet.
  private func page(_ place: Int64) throws -> (first: Int64, rows: [KeyUse])? {
    let row = try connection.prepare("SELECT first, keys FROM uses WHERE first <= ? ORDER BY first DESC LIMIT 1")
    defer { row.reset() }
    try row.bind(1, place)
    return try row.step() ? (row.int64(0), try row.withBlob(1, UsesTable.read)) : nil
  }

  /// Where the next page begins; nil behind the last one.
  private func next(after first: Int64) throws(SQLiteError) -> Int64? {
    let row = try connection.prepare("SELECT first FROM uses WHERE first > ? ORDER BY first LIMIT 1")
    defer { row.reset() }
    try row.bind(1, first)
    return try row.step() ? row.int64(0) : nil
  }

  /// Writes a page, or several where it has become too many. Keys of one place stay together.
  private func put(_ rows: [KeyUse], _ first: Int64) throws(SQLiteError) {
    let put = try connection.prepare(
      "INSERT INTO uses(first, keys) VALUES (?1, ?2) ON CONFLICT(first) DO UPDATE SET keys = ?2")
    var (rest, first) = (rows[...], first)
    repeat {
      var end = rest.count <= UsesTable.most ? rest.endIndex : rest.startIndex + UsesTable.most / 2
      while end < rest.endIndex, UsesTable.place(rest[end].key) == UsesTable.place(rest[end - 1].key) { end += 1 }
      try put.run(first, UsesTable.written(rest[..<end]))
      rest = rest[end...]
      if let next = rest.first { first = UsesTable.place(next.key) }
    } while !rest.isEmpty
  }

  private static func merged(_ rows: [KeyUse], _ uses: ArraySlice<KeyUse>) -> [KeyUse] {
    var merged: [KeyUse] = []
    merged.reserveCapacity(rows.count + uses.count)
    var (old, new) = (rows[...], uses)
    while let row = old.first, var use = new.first {
      if row.key < use.key {
        merged.append(row)
        old.removeFirst()
      } else {
        if row.key == use.key {
          use.add(row)
          old.removeFirst()
        }
        merged.append(use)
        new.removeFirst()
      }
    }
    return merged + old + new
  }

  private static func written(_ rows: ArraySlice<KeyUse>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(rows.count * rowBytes)
    for row in rows {
      bytes.append(number: UInt64(truncatingIfNeeded: row.key.ulid.bits >> 64))
      bytes.append(number: UInt64(truncatingIfNeeded: row.key.ulid.bits))
      bytes.append(number: UInt64(bitPattern: row.at.milliseconds))
      bytes.append(number: UInt64(bitPattern: row.count))
    }
    return bytes
  }

  private static func read(_ bytes: Span<UInt8>) throws -> [KeyUse] {
    guard bytes.count % rowBytes == 0 else { throw JournalFile.Strange() }
    return try stride(from: 0, to: bytes.count, by: rowBytes).map { place in
      let count = bytes.uint64(at: place + 24)
      guard let at = Instant(tellable: Int64(bitPattern: bytes.uint64(at: place + 16))), 1...mostUses ~= count else {
        throw JournalFile.Strange()
      }
      return KeyUse(
        KeyID(ulid: ULID(bits: UInt128(bytes.uint64(at: place)) << 64 | UInt128(bytes.uint64(at: place + 8)))),
        at: at, count: Int64(count))
    }
  }
}
