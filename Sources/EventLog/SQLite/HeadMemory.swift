import Cryptography
import KeyLedger
import SQLite
import Transparency

/// The head row as the file has it, with what is read beside it.
struct HeadRow: Equatable {
  let size: Int64
  let root: [UInt8]
  let frontier: [UInt8]
  let lastSequence: Int64
  /// Nil for an empty log.
  let lastTime: Int64?

  init(_ connection: Connection) throws(LogError) {
    let rows = try sql { () throws(SQLiteError) -> [HeadRow] in
      let row = try connection.prepare(
        """
        SELECT size, root, frontier, (SELECT coalesce(max(sequence), 0) FROM events),
          (SELECT time FROM events ORDER BY sequence DESC LIMIT 1) FROM head LIMIT 2
        """)
      defer { row.reset() }
      var rows: [HeadRow] = []
      while try row.step() { rows.append(HeadRow(row)) }
      return rows
    }
    guard let row = rows.first, rows.count == 1 else { throw .damaged("it has \(rows.count) heads") }
    self = row
  }

  private init(_ row: Statement) {
    size = row.int64(0)
    root = row.blob(1)
    frontier = row.blob(2)
    lastSequence = row.int64(3)
    lastTime = row.int64OrNil(4)
  }

  /// As a head and the events up to it must have left it.
  init(_ head: LogHead, lastTime: Instant?) {
    size = Int64(head.size)
    root = head.root.bytes
    frontier = head.frontier.serialized
    lastSequence = size
    self.lastTime = lastTime?.milliseconds
  }

  /// The head, held against itself and the events.
  func head() throws(LogError) -> LogHead {
    guard size == lastSequence else { throw .damaged("the head says \(size) events, the last is \(lastSequence)") }
    guard let count = UInt64(exactly: size), let frontier = Frontier(size: count, serialized: frontier) else {
      throw .damaged("the head's frontier is not one of \(size) events")
    }
    let head = LogHead(frontier: frontier)
    guard head.root.bytes == root else { throw .damaged("the head's root does not follow from its frontier") }
    return head
  }
}

/// What a log keeps from one transaction to the next: what it knew at one head, which is true for as long as the file has
/// that head, since the root stands for every event.
struct HeadMemory {
  let row: HeadRow
  let head: LogHead
  /// How many events some streams have.
  let versions: [Stream: UInt64]
  let edge: TileEdge

  /// Beyond so many streams all are forgotten and looked up again. About 100 bytes each.
  private static let maximumStreams = 20_000

  /// Of the head that is now in the file: what `earlier` knew if it is the same head, else what the row says alone.
  init(_ connection: Connection, earlier: consuming HeadMemory?) throws(LogError) {
    let row = try HeadRow(connection)
    if let earlier, earlier.row == row, earlier.versions.count <= HeadMemory.maximumStreams {
      self = earlier
    } else {
      let head = try row.head()
      self.init(row: row, head: head, versions: [:], edge: TileEdge(after: head.size))
    }
  }

  init(row: HeadRow, head: LogHead, versions: [Stream: UInt64], edge: TileEdge) {
    self.row = row
    self.head = head
    self.versions = versions
    self.edge = edge
  }
}

/// The hashes of the last leaves that were appended, until their tile is full: whoever appended them all need not read
/// the records again. At most 8 KB between two transactions.
struct TileEdge {
  /// The leaf that the first hash is of, counted from 0.
  private var start: UInt64
  private var hashes: [Digest] = []

  init(after size: UInt64) { start = size }

  mutating func append(_ leaf: Digest) { hashes.append(leaf) }

  /// The hashes of these leaves; nil unless all are known.
  func hashes(of leaves: Range<UInt64>) -> [Digest]? {
    guard leaves.lowerBound >= start, leaves.upperBound <= start + UInt64(hashes.count) else { return nil }
    return Array(hashes[Int(leaves.lowerBound - start)..<Int(leaves.upperBound - start)])
  }

  /// Without those whose tiles are full.
  var open: TileEdge {
    let end = start + UInt64(hashes.count)
    var open = self
    open.start = max(start, end - end % UInt64(Tile.width))
    open.hashes.removeFirst(Int(open.start - start))
    return open
  }
}
