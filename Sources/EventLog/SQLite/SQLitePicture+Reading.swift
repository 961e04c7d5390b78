import KeyLedger
import SQLite
import Transparency

extension SQLitePicture {
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
    var decoder = RecordDecoder(ledger: ledger, count: 0)
    var events: [Event] = []
    while try ask({ () throws(SQLiteError) -> Bool in try rows.step() }) {
      let sequence = try number(rows.int64(0), "a sequence")
      let event = try rows.withBlob(2) { record in
        try decoder.event(record, sequence: sequence, version: try number(rows.int64(1), "a version"))
      }
      guard event.stream == stream, event.version == UInt64(events.count) + 1 else {
        throw LogError.damaged("event \(sequence) is indexed where it does not belong")
      }
      events.append(event)
    }
    return events
  }

  func fill(_ page: inout RecordPage, after: UInt64, through: UInt64) throws {
    let last = min(through, frontier.size)
    page.restart(after: min(after, last))
    guard after < last else { return }
    let rows = try ask { () throws(SQLiteError) -> Statement in
      let rows = try connection.prepare(
        "SELECT sequence, version, record FROM events WHERE sequence BETWEEN ? AND ? ORDER BY sequence")
      try rows.bind(1, Int64(after + 1))
      try rows.bind(2, Int64(last))
      return rows
    }
    defer { rows.reset() }
    while !page.isFull, try ask({ () throws(SQLiteError) -> Bool in try rows.step() }) {
      guard rows.int64(0) == Int64(page.last + 1) else { break }
      let version = try number(rows.int64(1), "a version")
      try rows.withBlob(2) { record in page.append(record, version: version) }
    }
    guard page.count > 0 else { throw LogError.damaged("event \(after + 1) is missing") }
  }

  func sequence(at time: Instant) throws -> UInt64 {
    try lastIncluded(size: frontier.size) { try self.time(of: $0) <= time }
  }

  private func time(of sequence: UInt64) throws(LogError) -> Instant {
    let time = try ask { () throws(SQLiteError) -> Int64? in
      let row = try connection.prepare("SELECT time FROM events WHERE sequence = ?")
      defer { row.reset() }
      try row.bind(1, Int64(sequence))
      return try row.step() ? row.int64(0) : nil
    }
    guard let time else { throw .damaged("event \(sequence) is missing") }
    guard let time = Instant(tellable: time) else { throw .damaged("event \(sequence) has no time") }
    return time
  }

  private func number(_ value: Int64, _ what: String) throws(LogError) -> UInt64 {
    guard value > 0 else { throw .damaged("\(what) of \(value)") }
    return UInt64(value)
  }
}
