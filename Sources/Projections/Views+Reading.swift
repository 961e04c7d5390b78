package import KeyLedger
internal import SQLite

// Views find, the log decides: what these give is confirmed by the caller where it lets someone in or out.
extension Views {
  /// The key that began with this fingerprint, the first where several did. Cost: one look-up.
  package func key(fingerprint: Hash256) throws -> (KeyID, Slug)? {
    try translated {
      let row = try connection.prepare(
        """
        SELECT key, environment FROM key_versions WHERE fingerprint = ?1 AND version = 1
        ORDER BY from_sequence LIMIT 1
        """)
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
      let row = try connection.prepare("SELECT environment FROM key_versions WHERE key = ?1 AND version = 1")
      defer { row.reset() }
      try row.bind(1, key.description)
      guard try row.step() else { return nil }
      guard let environment = Slug(try row.text(0)) else {
        throw ViewsError.damaged("a key in the views has no readable environment")
      }
      return environment
    }
  }

  /// The number of the first event with this idempotency key. Cost: one look-up.
  package func firstEvent(idempotency key: Hash256) throws -> UInt64? {
    try translated {
      let row = try connection.prepare("SELECT min(sequence) FROM idempotency WHERE key = ?1")
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
  /// The keys, newest first, by one state each. Cost: 1 to 2 µs a key.
  package func keys(_ query: KeyQuery) throws -> [KeyState] {
    var keys: [KeyState] = []
    try forEachKey(query) {
      keys.append($0)
      return true
    }
    return keys
  }

  /// As `keys`, one after the other as long as `body` wants more. `body` must not write to the views.
  package func forEachKey(_ query: KeyQuery, _ body: (KeyState) throws -> Bool) throws {
    try translated {
      // Of each key the first version, in order, from an index; from it, by the index on first_event, the one that held.
      let rows = try connection.prepare(
        """
        SELECT \(KeyRowReader.columns(of: "v")) FROM key_versions AS f CROSS JOIN key_versions AS v
        WHERE f.version = 1 AND f.from_sequence <= ?1 AND f.from_sequence < ?2
          \(query.environment == nil ? "" : "AND f.environment = ?5")
          AND v.from_sequence = (SELECT max(w.from_sequence) FROM key_versions AS w
            WHERE w.first_event = f.from_sequence AND w.from_sequence <= ?1)
          AND v.removed <= ?3
        ORDER BY f.from_sequence DESC LIMIT ?4
        """)
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
      let row = try connection.prepare(
        """
        SELECT \(KeyRowReader.columns(of: "v")) FROM key_versions AS f CROSS JOIN key_versions AS v
        WHERE f.key = ?1 AND f.version = 1 AND v.first_event = f.from_sequence AND v.from_sequence <= ?2
        ORDER BY v.from_sequence DESC LIMIT 1
        """)
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
      let rows = try connection.prepare(
        """
        SELECT \(KeyRowReader.columns(of: "v")) FROM key_versions AS f CROSS JOIN key_versions AS v
        WHERE f.version = 1 AND f.from_sequence <= ?2 \(environment == nil ? "" : "AND f.environment = ?3")
          AND v.first_event = f.from_sequence AND v.from_sequence <= ?2
          AND (v.to_sequence IS NULL OR v.to_sequence > ?1)
        ORDER BY f.from_sequence DESC, v.from_sequence
        """)
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
      let rows = try connection.prepare(
        """
        SELECT a.sequence, a.time, a.type, a.actor, a.details
        FROM key_versions AS f CROSS JOIN key_versions AS v CROSS JOIN key_activity AS a
        WHERE f.key = ?1 AND f.version = 1 AND v.first_event = f.from_sequence
          AND v.from_sequence <= ?2 AND v.from_sequence < ?3 AND a.sequence = v.from_sequence
        ORDER BY v.from_sequence DESC LIMIT ?4
        """)
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
