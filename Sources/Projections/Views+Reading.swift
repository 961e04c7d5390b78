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

/// Which keys, and as of when.
package struct KeyQuery: Sendable {
  /// Nil for all.
  package var environment: Slug?
  /// As of this event; nil for where the views stand.
  package var at: UInt64?
  package var includingRemoved: Bool

  package init(environment: Slug? = nil, at: UInt64? = nil, includingRemoved: Bool = false) {
    self.environment = environment
    self.at = at
    self.includingRemoved = includingRemoved
  }
}

extension Views {
  /// The keys, newest first. Cost: under 2 µs a key, and where later events changed them a step over each version since or a
  /// look-up for each such key, whichever seems less.
  package func keys(_ query: KeyQuery) throws -> [KeyState] {
    try translated {
      try connection.read {
        var keys = try begun(query)
        if let at = query.at, try setBack(&keys, to: at), !query.includingRemoved { keys.removeAll(where: \.removed) }
        return keys
      }
    }
  }

  /// The keys that had begun, newest first, as they are now; where removed ones are not wanted, without those that had
  /// been.
  private func begun(_ query: KeyQuery) throws -> [KeyState] {
    let rows = try connection.prepare(ViewsQuestions.keys(inEnvironment: query.environment != nil))
    defer { rows.reset() }
    let at = Int64(clamping: query.at ?? .max)
    try rows.bind(1, at)
    if let environment = query.environment { try rows.bind(2, environment.text) }
    var keys: [KeyState] = []
    // A table that grows is moved, and the kernel hands out all of its memory twice.
    keys.reserveCapacity(try count(of: query.environment))
    while try rows.step() {
      if query.includingRemoved || !reader.isRemoved(rows, at: at) { keys.append(try reader.state(rows)) }
    }
    return keys
  }

  /// All keys of an environment, or of all. Cost: a step over each in an index.
  private func count(of environment: Slug?) throws -> Int {
    let row = try connection.prepare(ViewsQuestions.keyCount(inEnvironment: environment != nil))
    defer { row.reset() }
    if let environment { try row.bind(1, environment.text) }
    return try row.step() ? Int(row.int64(0)) : 0
  }

  /// Looking a key's version up costs as much as walking past so many.
  private static let versionsPerLookUp: UInt64 = 25

  /// Puts what they were as of event `at` in the place of those that a later one changed. Returns whether there are any.
  private func setBack(_ keys: inout [KeyState], to at: UInt64) throws -> Bool {
    let changed = keys.indices.filter { keys[$0].lastEvent > at }
    guard !changed.isEmpty else { return false }
    let last = try connection.prepare(ViewsQuestions.lastVersion)
    defer { last.reset() }
    let since = try last.step() ? UInt64(clamping: last.int64(0)).subtractingClamped(at) : 0
    if UInt64(changed.count) > since / Views.versionsPerLookUp {
      try walkBack(&keys, to: at)
    } else {
      let version = try connection.prepare(ViewsQuestions.version)
      for place in changed { keys[place] = try earlier(keys[place], asOf: at, version) }
    }
    return true
  }

  /// What a key was that a later event has changed. Views that do not say are damaged.
  private func earlier(_ key: KeyState, asOf at: UInt64, _ version: Statement) throws -> KeyState {
    defer { version.reset() }
    try version.bind(1, Int64(clamping: key.firstEvent))
    try version.bind(2, Int64(clamping: at))
    guard try version.step() else { throw Views.noVersion(of: key, asOf: at) }
    let found = try reader.version(version, of: key)
    guard found.lastEvent <= at else { throw Views.noVersion(of: key, asOf: at) }
    return found
  }

  private func walkBack(_ keys: inout [KeyState], to at: UInt64) throws {
    let rows = try connection.prepare(ViewsQuestions.versions)
    defer { rows.reset() }
    try rows.bind(1, Int64(clamping: at))
    let firsts = keys.map(\.firstEvent)
    while try rows.step() {
      // Keys of another environment are not among them.
      guard let place = firsts.place(of: try reader.number(rows, 2)) else { continue }
      keys[place] = try reader.version(rows, of: keys[place])
    }
    if let key = keys.first(where: { $0.lastEvent > at }) { throw Views.noVersion(of: key, asOf: at) }
  }

  private static func noVersion(of key: KeyState, asOf at: UInt64) -> ViewsError {
    .damaged("the views do not say what the key begun by event \(key.firstEvent) was as of event \(at)")
  }

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
      sequence: try reader.number(row, 0), time: Instant(milliseconds: row.int64(2)), type: try row.text(3),
      actor: try reader.actor(row, 4), details: row.blob(5))
  }
}

extension UInt64 {
  fileprivate func subtractingClamped(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}

extension [UInt64] {
  /// Where a number stands in a list that descends; nil where it does not.
  fileprivate func place(of number: UInt64) -> Int? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] > number { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == number ? low : nil
  }
}
