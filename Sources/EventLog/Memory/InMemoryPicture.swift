import Cryptography
import KeyLedger
import Transparency

/// The log as one transaction sees it, and appends to it.
final class InMemoryPicture: LogWriter {
  let ledger: LedgerID
  private var rows: MemoryRows
  private(set) var hasAppended = false
  private var isOpen = true

  init(_ ledger: LedgerID, _ rows: MemoryRows) {
    self.ledger = ledger
    self.rows = rows
  }

  /// Gives the rows back. What is asked afterwards traps.
  func close() -> MemoryRows {
    let result = current
    isOpen = false
    rows = MemoryRows()
    return result
  }

  private var current: MemoryRows {
    precondition(isOpen, "a picture of the log was used after its transaction")
    return rows
  }

  func append(
    _ drafts: [Draft], at time: Instant, marks: EventMarks, expected: [Stream: UInt64]
  ) throws -> [AppendedEvent] {
    let append = Append(ledger: ledger, size: current.head.size, lastTime: try lastTime())
    let appended = try append.prepare(drafts, at: time, marks: marks, expected: expected) { stream in
      UInt64(rows.streams[stream]?.count ?? 0)
    }
    rows.append(appended)
    hasAppended = hasAppended || !appended.isEmpty
    return appended
  }

  func head() throws -> LogHead { current.head }

  func lastTime() throws -> Instant? { current.rows.last?.time }

  func events(of stream: Stream, through: UInt64) throws -> [Event] {
    try (current.streams[stream] ?? []).prefix { $0 <= through }.map { try decode($0) }
  }

  func fill(_ page: inout RecordPage, after: UInt64, through: UInt64) throws {
    let last = min(through, current.head.size)
    page.restart(after: min(after, last))
    while page.last < last, !page.isFull {
      let row = rows[page.last + 1]
      page.append(row.record.span, version: row.version)
    }
  }

  func sequence(at time: Instant) throws -> UInt64 { lastIncluded(size: current.head.size) { rows[$0].time <= time } }

  func environments() throws -> [Slug] {
    Set(
      current.streams.keys.compactMap {
        switch $0 {
        case .environment(let id), .key(let id, _): id
        case .ledger, .user: nil
        }
      }
    ).sorted()
  }

  func users() throws -> [UserID] {
    current.streams.keys.compactMap { if case .user(let id) = $0 { id } else { nil } }.sorted()
  }

  func keys(of environment: Slug) throws -> [KeyID] {
    current.streams.keys.compactMap {
      if case .key(environment, let id) = $0 { id } else { nil }
    }.sorted()
  }

  func sequences(of environment: Slug, through: UInt64) throws -> [UInt64] {
    current.streams.flatMap { stream, numbers -> [UInt64] in
      switch stream {
      case .environment(environment), .key(environment, _): numbers.filter { $0 <= through }
      case .environment, .key, .ledger, .user: []
      }
    }
  }

  func hashes(level: Int, range: Range<UInt64>) throws -> [Digest] {
    try range.map { number in
      guard level > 0 else { return current[number + 1].leafHash }
      return Tile.root(of: try hashes(level: level - 1, range: TileID(level: level - 1, number: number).hashes))
    }
  }

  private func decode(_ sequence: UInt64) throws -> Event {
    let row = current[sequence]
    var decoder = RecordDecoder(ledger: ledger, count: 1)
    return try decoder.event(row.record.span, sequence: sequence, version: row.version)
  }
}
