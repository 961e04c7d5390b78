package import KeyLedger
internal import SQLite

// Views find, the log decides: what these give is confirmed by the caller where it lets someone in or out.
extension Views {
  /// The key that began with this fingerprint, the first where several did. Cost: one look-up.
  package func key(fingerprint: Hash256) throws -> (KeyID, Slug)? {
    try translated {
      let row = try connection.prepare(ViewsQuestions.keyByFingerprint)
      defer { row.reset() }
      try row.bind(1, fingerprint.bytes)
      guard try row.step() else { return nil }
      guard let id = KeyID(try row.text(0)), let environment = Slug(try row.text(1)) else {
        throw ViewsError.damaged("a key in the views has no readable name")
      }
      return (id, environment)
    }
  }

  /// Cost: one look-up.
  package func environment(of key: KeyID) throws -> Slug? { try present(key)?.environment }

  /// Whether they may be asked for idempotency keys up to that event: they have come as far and hold all that there were.
  ///
  /// - Parameter counting: Looks at every one of them, 50 ns each; otherwise only at whether there are any.
  package func knowsIdempotencyKeys(through sequence: UInt64, counting: Bool) throws -> Bool {
    try translated {
      let row = try connection.prepare(
        counting ? ViewsQuestions.allIdempotencyKeys : ViewsQuestions.anyIdempotencyKey)
      defer { row.reset() }
      try row.bind(1, Int64(clamping: sequence))
      return try row.step() && row.int64(0) == 1
    }
  }

  /// The number of the first event with this idempotency key. Cost: one look-up.
  package func firstEvent(idempotency key: Hash256) throws -> UInt64? {
    try translated {
      let row = try connection.prepare(ViewsQuestions.firstEventOfCommand)
      defer { row.reset() }
      try row.bind(1, key.bytes)
      guard try row.step(), let sequence = row.int64OrNil(0) else { return nil }
      return UInt64(exactly: sequence)
    }
  }
}

extension Views {
  /// One key as of an event, nil before it began. Cost: two look-ups.
  package func key(_ id: KeyID, at: UInt64? = nil) throws -> KeyState? {
    guard let key = try present(id) else { return nil }
    guard let at, key.lastEvent > at else { return key }
    guard key.firstEvent <= at else { return nil }
    return try translated { try earlier(key, asOf: at, try connection.prepare(ViewsQuestions.version)) }
  }

  /// One key as it is now.
  private func present(_ id: KeyID) throws -> KeyState? {
    try translated {
      let row = try connection.prepare(ViewsQuestions.key)
      defer { row.reset() }
      try row.bind(1, id.description)
      return try row.step() ? reader.state(row) : nil
    }
  }

  /// What happened to a key, newest first: events up to `at`, before `before` where a page goes on. Cost: a look-up,
  /// and two for each row.
  package func activity(
    of key: KeyID, at: UInt64? = nil, before: UInt64? = nil, limit: Int = 1_000
  ) throws -> [ActivityRow] {
    guard let first = try present(key)?.firstEvent else { return [] }
    let (at, before) = (at ?? .max, before ?? .max)
    return try translated {
      let rows = try connection.prepare(ViewsQuestions.activity)
      defer { rows.reset() }
      try rows.bind(1, Int64(clamping: first))
      try rows.bind(2, Int64(clamping: at))
      try rows.bind(3, Int64(clamping: before))
      try rows.bind(4, limit)
      var result: [ActivityRow] = []
      while try rows.step() { result.append(try activityRow(rows)) }
      guard result.count < limit, first <= at, first < before else { return result }
      let row = try connection.prepare(ViewsQuestions.activityOfEvent)
      defer { row.reset() }
      try row.bind(1, Int64(clamping: first))
      if try row.step() { result.append(try activityRow(row)) }
      return result
    }
  }

  private func activityRow(_ row: Statement) throws -> ActivityRow {
    ActivityRow(
      sequence: try reader.number(row, 0), time: try reader.time(row, 2), type: try row.text(3),
      actor: try reader.actor(row, 4), details: row.blob(5))
  }
}
