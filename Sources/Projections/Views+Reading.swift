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
  package func environment(of key: KeyID) throws -> Slug? {
    try translated {
      let row = try connection.prepare(ViewsQuestions.environmentOfKey)
      defer { row.reset() }
      try row.bind(1, key.description)
      guard try row.step() else { return nil }
      guard let environment = Slug(try row.text(0)) else {
        throw ViewsError.damaged("a key in the views has no readable environment")
      }
      return environment
    }
  }

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
      return try reader.number(sequence, row, "sequence")
    }
  }
}

/// Which keys, as of when, and from where on.
package struct KeyQuery: Sendable {
  /// Nil for all.
  package var environment: Slug?
  /// As of this event; nil for where the views stand.
  package var at: UInt64?
  package var includingRemoved: Bool
  /// Only keys that began before this event: the `firstEvent` of the last key seen, to go on from there.
  package var before: UInt64?
  package var limit: Int

  package init(
    environment: Slug? = nil, at: UInt64? = nil, includingRemoved: Bool = false, before: UInt64? = nil,
    limit: Int = .max
  ) {
    self.environment = environment
    self.at = at
    self.includingRemoved = includingRemoved
    self.before = before
    self.limit = limit
  }
}

extension Views {
  /// The keys, newest first, by one state each. Cost: a few µs a key; of many keys at once, less.
  package func keys(_ query: KeyQuery) throws -> [KeyState] {
    if query.limit == .max, query.before == nil, try translated({ try isBetterWalked(query) }) {
      return try translated { try walk(query) }
    }
    var keys: [KeyState] = []
    try forEachKey(query) {
      keys.append($0)
      return true
    }
    return keys
  }

  /// Looking a key up costs as much as walking past so many versions.
  private static let versionsPerLookUp: Int64 = 25

  /// Whether so many of all versions are asked for that walking along them, each page of the file once, is quicker than
  /// looking up each key's.
  private func isBetterWalked(_ query: KeyQuery) throws -> Bool {
    let count = try connection.prepare(ViewsQuestions.countOfKeys(inEnvironment: query.environment != nil))
    defer { count.reset() }
    try count.bind(1, Int64(clamping: query.at ?? .max))
    if let environment = query.environment { try count.bind(2, environment.text) }
    let last = try connection.prepare(ViewsQuestions.lastVersion)
    defer { last.reset() }
    guard try count.step(), try last.step() else { return false }
    let versions = min(last.int64(0), Int64(clamping: query.at ?? .max))
    return count.int64(0) > versions / Views.versionsPerLookUp
  }

  private func walk(_ query: KeyQuery) throws -> [KeyState] {
    let rows = try connection.prepare(ViewsQuestions.keysByWalk(inEnvironment: query.environment != nil))
    defer { rows.reset() }
    try rows.bind(1, Int64(clamping: query.at ?? .max))
    try rows.bind(2, query.includingRemoved ? 1 : 0)
    if let environment = query.environment { try rows.bind(3, environment.text) }
    var keys: [KeyState] = []
    while try rows.step() { keys.append(try reader.state(rows)) }
    // States are large, their numbers are not: sorted are the numbers.
    return keys.indices.map { (first: keys[$0].firstEvent, index: $0) }.sorted { $0.first > $1.first }
      .map { keys[$0.index] }
  }

  /// As `keys`, one after the other as long as `body` wants more. `body` must not write to the views.
  package func forEachKey(_ query: KeyQuery, _ body: (KeyState) throws -> Bool) throws {
    try translated {
      let rows = try connection.prepare(ViewsQuestions.keys(inEnvironment: query.environment != nil))
      defer { rows.reset() }
      try rows.bind(1, Int64(clamping: query.at ?? .max))
      try rows.bind(2, Int64(clamping: query.before ?? .max))
      try rows.bind(3, query.includingRemoved ? 1 : 0)
      try rows.bind(4, query.limit)
      if let environment = query.environment { try rows.bind(5, environment.text) }
      while try rows.step() {
        guard try body(try reader.state(rows)) else { return }
      }
    }
  }

  /// One key as of an event, nil before it began. Cost: three look-ups.
  package func key(_ id: KeyID, at: UInt64? = nil) throws -> KeyState? {
    try translated {
      let row = try connection.prepare(ViewsQuestions.key)
      defer { row.reset() }
      try row.bind(1, id.description)
      try row.bind(2, Int64(clamping: at ?? .max))
      return try row.step() ? reader.state(row) : nil
    }
  }

  /// The versions of keys that held at some event of `after` … `through`: those in force after event `after`, and all
  /// that began later. By key, newest key first, each key's versions in order. A diff, and who could, are made of them.
  package func forEachVersion(
    environment: Slug? = nil, after: UInt64, through: UInt64, _ body: (KeyVersion) throws -> Bool
  ) throws {
    try translated {
      let rows = try connection.prepare(ViewsQuestions.versions(inEnvironment: environment != nil))
      defer { rows.reset() }
      try rows.bind(1, Int64(clamping: after))
      try rows.bind(2, Int64(clamping: through))
      if let environment { try rows.bind(3, environment.text) }
      while try rows.step() {
        guard try body(try reader.version(rows)) else { return }
      }
    }
  }

  /// What happened to a key, newest first: events up to `at`, before `before` where a page goes on. Cost: a look-up,
  /// and two for each row.
  package func activity(
    of key: KeyID, at: UInt64? = nil, before: UInt64? = nil, limit: Int = 1_000
  ) throws -> [ActivityRow] {
    try translated {
      let rows = try connection.prepare(ViewsQuestions.activity)
      defer { rows.reset() }
      try rows.bind(1, key.description)
      try rows.bind(2, Int64(clamping: at ?? .max))
      try rows.bind(3, Int64(clamping: before ?? .max))
      try rows.bind(4, limit)
      var result: [ActivityRow] = []
      while try rows.step() {
        result.append(
          ActivityRow(
            sequence: try reader.number(rows.int64(0), rows, "sequence"), time: Instant(milliseconds: rows.int64(1)),
            type: try rows.text(2), actor: try reader.actor(rows, 3), details: rows.blob(4)))
      }
      return result
    }
  }
}
