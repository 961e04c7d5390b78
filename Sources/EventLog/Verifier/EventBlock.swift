import Cryptography
import Formats
import KeyLedger
import SQLite
import Transparency

/// A stretch of the log that one thread verifies by itself: some leaf tiles, from a tile's first event on.
///
/// Every record is hashed and decoded, and what stands beside it is held against it. Nothing stored is trusted.
struct EventBlock {
  /// Events in a stretch; whole tiles.
  static let width: UInt64 = 16 << UInt64(Tile.height)

  let events: ClosedRange<UInt64>
  private let reader: LenientReader
  private let ledger: LedgerID?
  /// The leaf hashes of the events, nil for a record that could not be read.
  private(set) var leaves: [Digest?]
  /// Of the places in their streams that the rows claim.
  private(set) var places = StreamPlaces()
  private(set) var findings = Findings()
  /// The time before which the next event may not be.
  private var time: Instant?
  private var next: UInt64
  private var known = KnownValues.remembering()

  private static let columns = "SELECT sequence, stream, version, type, time, record FROM events"

  /// Verifies the events of stretch number `index` of a log of so many.
  init(_ reader: LenientReader, number index: UInt64, size: UInt64, ledger: LedgerID?) throws {
    let first = index * EventBlock.width + 1
    events = first...min(first + EventBlock.width - 1, size)
    self.reader = reader
    self.ledger = ledger
    leaves = Array(repeating: nil, count: events.count)
    next = first
    try readTimeBefore()
    if try scan() {
      try findEach()
    } else {
      try lookUpRest()
    }
    try compareTiles()
  }

  static func count(size: UInt64) -> UInt64 { (size + width - 1) / width }

  // MARK: Reading

  private mutating func readTimeBefore() throws {
    // What is wrong with it is found in its own stretch.
    let before = try reader.number("SELECT time FROM events WHERE sequence = ?", Int64(events.lowerBound) - 1)
    time = (before.value ?? nil).map { Instant(milliseconds: $0) }
  }

  /// In order, as everybody reads. False when a row was not where it belongs, or could not be read.
  private mutating func scan() throws -> Bool {
    let unreadable = try reader.rows(
      "\(EventBlock.columns) WHERE sequence BETWEEN ? AND ? ORDER BY sequence", Int64(events.lowerBound),
      Int64(events.upperBound)
    ) { row in
      guard row.int64(0) == Int64(next) else { return false }
      try check(row)
      next += 1
      return next <= events.upperBound
    }
    return unreadable == nil && next > events.upperBound
  }

  /// One by one, from the event on with which the scan did not come further.
  private mutating func lookUpRest() throws {
    let broken = next
    let before = findings.count
    while next <= events.upperBound {
      var isFound = false
      let unreadable = try reader.rows("\(EventBlock.columns) WHERE sequence = ?", Int64(next)) { row in
        isFound = true
        try check(row)
        return false
      }
      if let unreadable {
        findings.add(next, "event \(next) can't be read: \(unreadable.reason)")
      } else if !isFound {
        findings.add(next, "event \(next) is missing")
      }
      next += 1
    }
    if findings.count == before { findings.add(broken, "the rows from event \(broken) on do not stand in order") }
  }

  /// Whether each event is found by its number too: a scan does not look at what leads to the rows.
  ///
  /// From the last to the first, as SQLite goes to a neighbour that follows without looking either.
  private mutating func findEach() throws {
    let found = try reader.number(
      """
      WITH RECURSIVE n(x) AS (SELECT ?2 UNION ALL SELECT x - 1 FROM n WHERE x > ?1)
      SELECT count(*) FROM n CROSS JOIN events AS e ON e.sequence = n.x
      """, Int64(events.lowerBound), Int64(events.upperBound))
    guard found.value != Int64(events.count) else { return }
    for sequence in events {
      let one = try reader.number("SELECT sequence FROM events WHERE sequence = ?", Int64(sequence))
      if one.value != Int64(sequence) { findings.add(sequence, "event \(sequence) is not found by its number") }
    }
  }

  // MARK: Checking

  private mutating func check(_ row: Statement) throws {
    guard row.holds(.text, 1), row.holds(.integer, 2), row.holds(.text, 3), row.holds(.integer, 4), row.holds(.blob, 5)
    else { return findings.add(next, "the columns of event \(next) are not text, integer, text, integer and bytes") }
    let version = row.int64(2)
    try row.withBlob(1) { places.add(stream: $0, version: version, sequence: Int64(next)) }
    try row.withBlob(5) { record in
      leaves[Int(next - events.lowerBound)] = MerkleTree.leafHash(record)
      do {
        let place = UInt64(clamping: version)
        var writing = RecordCodec.Writing()
        let event = try RecordCodec.decodeStrict(record, ledger: ledger, version: place, .current, &known, &writing)
        try compare(event, stream: record.extracting(writing.subject), with: row)
      } catch let error as RecordError {
        findings.add(next, "event \(next) can't be read: \(error)")
      }
    }
    let now = Instant(milliseconds: row.int64(4))
    if let time, now < time { findings.add(next, "event \(next) is earlier than the one before it") }
    time = now
  }

  /// The other columns are indexes over the record.
  ///
  /// - Parameter stream: its text in the record.
  private mutating func compare(_ event: Event, stream: Span<UInt8>, with row: Statement) throws {
    if event.sequence != next {
      findings.add(next, "the record of event \(next) says that it is number \(event.sequence)")
    }
    if try !row.withBlob(1, { $0.equals(stream) }) {
      findings.add(next, "event \(next) stands in another stream than its record says")
    }
    if try !row.withBlob(3, { $0.equals(EventType(of: event.data).name) }) {
      findings.add(next, "event \(next) stands under another type than its record says")
    }
    if row.int64(4) != event.time.milliseconds {
      findings.add(next, "event \(next) stands at another time than its record says")
    }
    if let rule = History.brokenRule(event) { findings.add(next, "event \(next): \(rule)") }
  }

  // MARK: Tiles

  /// The stored leaf tiles against the hashes of the records.
  private mutating func compareTiles() throws {
    let first = (events.lowerBound - 1) >> UInt64(Tile.height)
    for number in first..<events.upperBound >> UInt64(Tile.height) {
      let id = TileID(level: 0, number: number)
      let start = Int((number - first) << UInt64(Tile.height))
      let computed = leaves[start..<start + Tile.width]
      try StoredTiles(reader).compare(id, with: computed, &findings)
    }
  }
}
