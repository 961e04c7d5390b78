import KeyLedger
import SQLite
import Transparency

extension SQLitePicture {
  /// Rows that one statement may give, so that none stands open over a long log.
  static let pageRows: UInt64 = 1_000

  func lastTime() throws -> Instant? { frontier.size == 0 ? nil : try time(of: frontier.size) }

  func version(of stream: Stream) throws(LogError) -> UInt64 {
    let version = try ask { () throws(SQLiteError) -> Int64 in
      let row = try connection.prepare("SELECT coalesce(max(version), 0) FROM events WHERE stream = ?")
      defer { row.reset() }
      try row.bind(1, stream.description)
      return try row.step() ? row.int64(0) : 0
    }
    guard let version = UInt64(exactly: version) else { throw .damaged("a negative version in \(stream)") }
    return version
  }

  func events(of stream: Stream, through: UInt64) throws -> [Event] {
    let rows = try ask { () throws(SQLiteError) -> Statement in
      let rows = try connection.prepare(
        "SELECT sequence, version, record FROM events WHERE stream = ? AND sequence <= ? ORDER BY version")
      try rows.bind(1, stream.description)
      try rows.bind(2, Int64(clamping: through))
      return rows
    }
    defer { rows.reset() }
    var events: [Event] = []
    while try ask({ () throws(SQLiteError) -> Bool in try rows.step() }) {
      let sequence = try number(rows.int64(0), "a sequence")
      let event = try rows.withBlob(2) { record in
        try decode(record, sequence: sequence, version: try number(rows.int64(1), "a version"))
      }
      guard event.stream == stream, event.version == UInt64(events.count) + 1 else {
        throw LogError.damaged("event \(sequence) is indexed where it does not belong")
      }
      events.append(event)
    }
    return events
  }

  func event(_ sequence: UInt64) throws -> Event? {
    guard (1...).contains(sequence), sequence <= frontier.size else { return nil }
    var event: Event?
    try eventsInOrder(after: sequence - 1, through: sequence) { found, _ in
      event = found
      return true
    }
    return event
  }

  func records(after: UInt64, through: UInt64, _ body: (UInt64, Span<UInt8>) throws -> Bool) throws {
    try scan("SELECT sequence, record FROM events", after: after, through: through) { sequence, row in
      try row.withBlob(1) { record in try body(sequence, record) }
    }
  }

  func eventsInOrder(after: UInt64, through: UInt64, _ body: (Event, Span<UInt8>) throws -> Bool) throws {
    try scan("SELECT sequence, record, version FROM events", after: after, through: through) { sequence, row in
      let version = try number(row.int64(2), "a version")
      return try row.withBlob(1) { record in
        try body(try decode(record, sequence: sequence, version: version), record)
      }
    }
  }

  func sequence(at time: Instant) throws -> UInt64 {
    try lastIncluded(size: frontier.size) { try self.time(of: $0) <= time }
  }

  /// Steps through rows that begin with their number, of which none may be missing.
  private func scan(
    _ select: String, after: UInt64, through: UInt64, _ body: (UInt64, Statement) throws -> Bool
  ) throws {
    let last = min(through, frontier.size)
    var done = min(after, last)
    while done < last {
      let end = min(done + SQLitePicture.pageRows, last)
      let rows = try ask { () throws(SQLiteError) -> Statement in
        let rows = try connection.prepare("\(select) WHERE sequence BETWEEN ? AND ? ORDER BY sequence")
        try rows.bind(1, Int64(done + 1))
        try rows.bind(2, Int64(end))
        return rows
      }
      defer { rows.reset() }
      while try ask({ () throws(SQLiteError) -> Bool in try rows.step() }) {
        guard rows.int64(0) == Int64(done + 1) else { break }
        done += 1
        guard try body(done, rows) else { return }
      }
      guard done == end else { throw LogError.damaged("event \(done + 1) is missing") }
    }
  }

  private func time(of sequence: UInt64) throws(LogError) -> Instant {
    let time = try ask { () throws(SQLiteError) -> Int64? in
      let row = try connection.prepare("SELECT time FROM events WHERE sequence = ?")
      defer { row.reset() }
      try row.bind(1, Int64(sequence))
      return try row.step() ? row.int64(0) : nil
    }
    guard let time else { throw .damaged("event \(sequence) is missing") }
    return Instant(milliseconds: time)
  }

  private func decode(_ record: Span<UInt8>, sequence: UInt64, version: UInt64) throws(LogError) -> Event {
    let event: Event
    do throws(RecordError) {
      event = try RecordCodec.decode(record, ledger: ledger, version: version)
    } catch {
      throw .unreadable(sequence: sequence, reason: error.description)
    }
    guard event.sequence == sequence else {
      throw .unreadable(sequence: sequence, reason: "its record says that it is number \(event.sequence)")
    }
    return event
  }

  private func number(_ value: Int64, _ what: String) throws(LogError) -> UInt64 {
    guard value > 0 else { throw .damaged("\(what) of \(value)") }
    return UInt64(value)
  }
}
