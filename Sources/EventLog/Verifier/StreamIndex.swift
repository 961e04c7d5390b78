import Formats
import SQLite

/// SQLite's own index of (stream, version), by which streams are read: its entries in their order, then against the rows.
struct StreamIndex {
  /// Of what the entries say.
  private(set) var places = StreamPlaces()
  private(set) var findings = Findings()
  /// Whether the entries could be read to the end.
  private(set) var isRead = false

  private var stream: [UInt8] = []
  private var version: Int64 = 0
  private var sequence: Int64 = 0

  /// Reads the entries of the log's first `size` events.
  init(_ reader: LenientReader, size: UInt64) throws {
    let unreadable = try reader.rows(
      """
      SELECT stream, version, sequence FROM events INDEXED BY sqlite_autoindex_events_1
      WHERE sequence <= ? ORDER BY stream, version
      """, Int64(size)
    ) { row in
      try check(row)
      return true
    }
    if let unreadable { findings.add(nil, "the index of streams can't be read: \(unreadable.reason)") }
    isRead = unreadable == nil
  }

  /// Versions count from 1 without a gap, streams come in their order, and within one events do.
  private mutating func check(_ row: Statement) throws {
    let (version, sequence) = (row.int64(1), row.int64(2))
    let named = UInt64(exactly: sequence).map { $0...$0 }
    let isText = row.holds(.text, 0) && row.holds(.integer, 1)
    try row.withBlob(0) { found in
      places.add(stream: found, version: version, sequence: sequence)
      let isSame = found.equals(stream.span)
      if !isText {
        findings.add(named, "event \(sequence) is indexed by something else than a stream and a version")
      } else if isSame {
        if version != self.version + 1 {
          findings.add(named, "event \(sequence) has version \(version) in its stream, after \(self.version)")
        } else if sequence <= self.sequence {
          findings.add(named, "event \(sequence) comes after event \(self.sequence) in its stream")
        }
      } else {
        let bytes = [UInt8](copying: found)
        if !stream.lexicographicallyPrecedes(bytes) { findings.add(named, "the index of streams is out of order") }
        if version != 1 { findings.add(named, "event \(sequence) has version \(version), as the first of its stream") }
        stream = bytes
      }
    }
    (self.version, self.sequence) = (version, sequence)
  }

  /// Every event looked up by its place: for when the entries are not those of the rows. Cost: a few µs an event.
  static func lookUpAll(_ reader: LenientReader, size: UInt64) throws -> Findings {
    var findings = Findings()
    for sequence in stride(from: 1, through: size, by: 1) {
      let found = try reader.number(
        """
        SELECT i.sequence FROM events AS e NOT INDEXED
        JOIN events AS i INDEXED BY sqlite_autoindex_events_1 ON i.stream = e.stream AND i.version = e.version
        WHERE e.sequence = ?
        """, Int64(sequence))
      if found.value != Int64(sequence) {
        findings.add(sequence, "event \(sequence) is not found by its place in its stream")
      }
    }
    if findings.isEmpty { findings.add(nil, "the index of streams holds other entries than the events have") }
    return findings
  }
}
