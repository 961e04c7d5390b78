import KeyLedger
import SQLite

// Names are found in the index over (stream, version) by leaping from one to the next, whatever stands in between.
extension SQLitePicture {
  func environments() throws -> [Slug] {
    var found: Set<Slug> = []
    var after = Stream.environments
    while let text = try nextStream(after: after, below: SQLitePicture.end(of: Stream.environments)) {
      switch Stream(text) {
      case .environment(let id):
        found.insert(id)
        after = text
      case .key(let id, _):
        found.insert(id)
        after = SQLitePicture.end(of: Stream.keys(of: id))
      case .ledger, .user, nil: throw LogError.damaged("a stream that is none: \(text.debugDescription)")
      }
    }
    return found.sorted()
  }

  func users() throws -> [UserID] {
    var found: [UserID] = []
    var after = Stream.users
    while let text = try nextStream(after: after, below: SQLitePicture.end(of: Stream.users)) {
      guard case .user(let id) = Stream(text) else {
        throw LogError.damaged("a stream that is none: \(text.debugDescription)")
      }
      found.append(id)
      after = text
    }
    return found
  }

  func keys(of environment: Slug) throws -> [KeyID] {
    let rows = try ask { () throws(SQLiteError) -> Statement in
      let rows = try connection.prepare(
        "SELECT stream FROM events WHERE stream > ? AND stream < ? AND version = 1 ORDER BY stream")
      try rows.bind(1, Stream.keys(of: environment))
      try rows.bind(2, SQLitePicture.end(of: Stream.keys(of: environment)))
      return rows
    }
    defer { rows.reset() }
    var found: [KeyID] = []
    while let text = try ask({ () throws(SQLiteError) -> String? in try rows.step() ? try rows.text(0) : nil }) {
      guard case .key(environment, let id) = Stream(text) else {
        throw LogError.damaged("a stream that is none: \(text.debugDescription)")
      }
      found.append(id)
    }
    return found
  }

  func sequences(of environment: Slug, through: UInt64) throws -> [UInt64] {
    let rows = try ask { () throws(SQLiteError) -> Statement in
      let rows = try connection.prepare(
        """
        SELECT sequence FROM events WHERE stream = ?1 AND sequence <= ?4
        UNION ALL SELECT sequence FROM events WHERE stream > ?2 AND stream < ?3 AND sequence <= ?4
        """)
      try rows.bind(1, Stream.environment(environment).description)
      try rows.bind(2, Stream.keys(of: environment))
      try rows.bind(3, SQLitePicture.end(of: Stream.keys(of: environment)))
      try rows.bind(4, Int64(clamping: through))
      return rows
    }
    defer { rows.reset() }
    var found: [UInt64] = []
    while let number = try ask({ () throws(SQLiteError) -> Int64? in try rows.step() ? rows.int64(0) : nil }) {
      guard number > 0 else { throw LogError.damaged("an event has the number \(number)") }
      found.append(UInt64(number))
    }
    return found
  }

  /// The first stream between two texts, by one step into the index.
  private func nextStream(after: String, below: String) throws(LogError) -> String? {
    try ask { () throws(SQLiteError) -> String? in
      let row = try connection.prepare(
        "SELECT stream FROM events WHERE stream > ? AND stream < ? ORDER BY stream LIMIT 1")
      defer { row.reset() }
      try row.bind(1, after)
      try row.bind(2, below)
      return try row.step() ? try row.text(0) : nil
    }
  }

  /// What sorts behind all texts that begin with this one, which ends in a slash: `0` is the byte after it.
  private static func end(of prefix: String) -> String { prefix.dropLast() + "0" }
}
