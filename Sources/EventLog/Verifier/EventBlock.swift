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
  private(set) var leaves: BlockLeaves
  /// Of the places in their streams that the rows claim.
  private(set) var places = StreamPlaces()
  private(set) var findings = Findings()
  /// The events themselves; nil where nobody follows them.
  private(set) var followed: FollowedEvents?
  /// The time before which the next event may not be.
  private var time: Instant?
  private var next: UInt64
  private var known = KnownValues.remembering()
  /// Where the event lies that is checked.
  private var one: [Event] = []

  private static let columns = "SELECT sequence, stream, version, type, time, record FROM events"

  /// Verifies the events of stretch number `index` of a log of so many.
  init(_ reader: LenientReader, number index: UInt64, size: UInt64, ledger: LedgerID?, isFollowed: Bool) throws {
    let first = index * EventBlock.width + 1
    events = first...min(first + EventBlock.width - 1, size)
    self.reader = reader
    self.ledger = ledger
    leaves = BlockLeaves(events)
    if isFollowed { followed = FollowedEvents(from: first, capacity: events.count) }
    next = first
    try readTimeBefore()
    if try scan() {
      try findEach()
    } else {
      try lookUpRest()
    }
    leaves.hash()
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
        add(unreadable: unreadable.reason)
      } else if !isFound {
        findings.add(next, "event \(next) is missing")
        followed?.fail(next, "it is missing")
      }
      next += 1
    }
    if findings.count == before { findings.add(broken, "the rows from event \(broken) on do not stand in order") }
  }

  /// Whether each event is found by its number too: a scan does not look at what leads to the rows.
  ///
  /// From the last to the first, as SQLite goes to a neighbour that follows without looking either.
  private mutating func findEach() throws {
    // All numbers of a stretch are written as two digits to the base of 64: so the recursion has 64 rows and not all.
    let found = try reader.number(
      """
      WITH RECURSIVE d(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM d WHERE x < 63)
      SELECT count(*) FROM d AS a CROSS JOIN d AS b CROSS JOIN events AS e ON e.sequence = ?2 - 64 * a.x - b.x
      WHERE 64 * a.x + b.x <= ?2 - ?1
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
    else {
      followed?.fail(next, "its columns are of other types")
      return findings.add(next, "the columns of event \(next) are not text, integer, text, integer and bytes")
    }
    let version = row.int64(2)
    try row.withBlob(1) { places.add(stream: $0, version: version, sequence: Int64(next)) }
    try row.withBlob(5) { record in
      leaves.add(next, record)
      do {
        let place = UInt64(clamping: version)
        var writing = RecordCodec.Writing()
        one.removeAll(keepingCapacity: true)
        try RecordCodec.read(record, ledger: ledger, version: place, .current, &known, &writing, to: &one)
        try compare(writing.type, place, stream: record.extracting(writing.subject), with: row)
        followed?.append(one.removeLast(), data: record.extracting(writing.data))
      } catch let error as RecordError {
        add(unreadable: error.description)
      }
    }
    let now = Instant(milliseconds: row.int64(4))
    if let time, now < time { findings.add(next, "event \(next) is earlier than the one before it") }
    time = now
  }

  private mutating func add(unreadable reason: String) {
    findings.add(next, "event \(next) can't be read: \(reason)")
    followed?.fail(next, reason)
  }

  /// The other columns are indexes over the record.
  ///
  /// - Parameter stream: its text in the record.
  private mutating func compare(
    _ type: EventType, _ place: UInt64, stream: Span<UInt8>, with row: Statement
  ) throws {
    let (sequence, time) = (one[0].sequence, one[0].time)
    if sequence != next {
      findings.add(next, "the record of event \(next) says that it is number \(sequence)")
    }
    if try !row.withBlob(1, { $0.equals(stream) }) {
      findings.add(next, "event \(next) stands in another stream than its record says")
    }
    if try !row.withBlob(3, { $0.equals(type.name) }) {
      findings.add(next, "event \(next) stands under another type than its record says")
    }
    if row.int64(4) != time.milliseconds {
      findings.add(next, "event \(next) stands at another time than its record says")
    }
    if let rule = History.brokenRule(type, sequence: sequence, version: place) {
      findings.add(next, "event \(next): \(rule)")
    }
  }

  // MARK: Tiles

  /// The stored leaf tiles against the hashes of the records.
  private mutating func compareTiles() throws {
    let first = (events.lowerBound - 1) >> UInt64(Tile.height)
    for number in first..<events.upperBound >> UInt64(Tile.height) {
      let id = TileID(level: 0, number: number)
      let start = Int((number - first) << UInt64(Tile.height))
      let computed = leaves.hashes[start..<start + Tile.width]
      try StoredTiles(reader).compare(id, with: computed, &findings)
    }
  }
}

/// The leaf hashes of a stretch's events. Records are copied where they can be hashed two at a time, which takes little
/// more than half as long.
struct BlockLeaves {
  /// Nil for a record that could not be read.
  private(set) var hashes: [Digest?]
  private let events: ClosedRange<UInt64>
  private var batch = SHA256Batch()
  /// The places in `hashes` of what waits in the batch.
  private var waiting: [Int] = []

  /// Bytes that wait at most, so that they are still in the processor's cache when they are hashed.
  private static let fullBytes = 1 << 17

  init(_ events: ClosedRange<UInt64>) {
    self.events = events
    hashes = Array(repeating: nil, count: events.count)
  }

  mutating func add(_ sequence: UInt64, _ record: Span<UInt8>) {
    // A Merkle leaf is SHA-256(0x00 ‖ record).
    batch.append(prefix: 0, record)
    waiting.append(Int(sequence - events.lowerBound))
    if batch.byteCount >= BlockLeaves.fullBytes { hash() }
  }

  /// Hashes what waits. Last thing before `hashes` is read.
  mutating func hash() {
    for (place, hash) in zip(waiting, batch.digests()) { hashes[place] = hash }
    waiting.removeAll(keepingCapacity: true)
    batch.removeAll()
  }
}
