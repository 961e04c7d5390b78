/// The texts of all questions to the tables that answer. Together in one place, so that a test can look at how SQLite
/// goes about each of them: a plan that walks along a whole table is an answer too late.
///
/// A key is found by its first version (`f`), which leads to the others (`v`). CROSS JOIN keeps that order.
package enum ViewsQuestions {
  static let keyByFingerprint = """
    SELECT key, environment FROM key_versions WHERE fingerprint = ?1 AND version = 1 ORDER BY from_sequence LIMIT 1
    """

  static let environmentOfKey = "SELECT environment FROM key_versions WHERE key = ?1 AND version = 1"

  static let firstEventOfCommand = "SELECT min(sequence) FROM idempotency WHERE key = ?1"

  /// Whether as many are there as were used, from event ?1 on.
  static let allIdempotencyKeys = """
    SELECT EXISTS(SELECT 1 FROM position
      WHERE sequence >= ?1 AND idempotency_keys = (SELECT count(*) FROM idempotency))
    """

  /// The same at a glance.
  static let anyIdempotencyKey = """
    SELECT EXISTS(SELECT 1 FROM position
      WHERE sequence >= ?1 AND (idempotency_keys = 0 OR EXISTS(SELECT 1 FROM idempotency)))
    """

  private static let firstEventOfKey =
    "(SELECT f.from_sequence FROM key_versions AS f WHERE f.key = ?1 AND f.version = 1 LIMIT 1)"

  /// As of event ?2.
  static let key = """
    SELECT \(KeyRowReader.columns(of: "v")) FROM key_versions AS v
    WHERE v.first_event = \(firstEventOfKey) AND v.from_sequence <= ?2 ORDER BY v.from_sequence DESC LIMIT 1
    """

  /// As of event ?1, begun before event ?2, removed ones if ?3 is 1, at most ?4, of environment ?5.
  static func keys(inEnvironment: Bool) -> String {
    // Of a first version both are the same number; each index ends in another of them.
    let began = inEnvironment ? "f.from_sequence" : "f.first_event"
    return """
      SELECT \(KeyRowReader.columns(of: "v")) FROM key_versions AS f CROSS JOIN key_versions AS v
      WHERE f.version = 1 \(inEnvironment ? "AND f.environment = ?5" : "") AND \(began) <= ?1 AND \(began) < ?2
        AND v.from_sequence = (SELECT max(w.from_sequence) FROM key_versions AS w
          WHERE w.first_event = \(began) AND w.from_sequence <= ?1)
        AND v.removed <= ?3
      ORDER BY \(began) DESC LIMIT ?4
      """
  }

  /// The same for many keys, in no order that matters: one walk along the versions up to event ?1, removed ones if
  /// ?2 is 1, of environment ?3.
  static func keysByWalk(inEnvironment: Bool) -> String {
    """
    SELECT \(KeyRowReader.columns(of: "v")) FROM key_versions AS v
    WHERE v.from_sequence <= ?1 AND (v.to_sequence IS NULL OR v.to_sequence > ?1) AND v.removed <= ?2
      \(inEnvironment ? "AND v.environment = ?3" : "")
    """
  }

  /// How many keys there are by event ?1, of environment ?2.
  static func countOfKeys(inEnvironment: Bool) -> String {
    inEnvironment
      ? "SELECT count(*) FROM key_versions WHERE version = 1 AND environment = ?2 AND from_sequence <= ?1"
      : "SELECT count(*) FROM key_versions AS f WHERE f.version = 1 AND f.first_event <= ?1"
  }

  static let lastVersion = "SELECT max(from_sequence) FROM key_versions"

  /// Versions that held after event ?1 or began later, up to event ?2, of environment ?3.
  static func versions(inEnvironment: Bool) -> String {
    let began = inEnvironment ? "f.from_sequence" : "f.first_event"
    return """
      SELECT \(KeyRowReader.columns(of: "v")) FROM key_versions AS f CROSS JOIN key_versions AS v
      WHERE f.version = 1 \(inEnvironment ? "AND f.environment = ?3" : "") AND \(began) <= ?2
        AND v.first_event = \(began) AND v.from_sequence <= ?2 AND (v.to_sequence IS NULL OR v.to_sequence > ?1)
      ORDER BY \(began) DESC, v.from_sequence
      """
  }

  /// Of key ?1 up to event ?2, before event ?3, at most ?4.
  static let activity = """
    SELECT a.sequence, a.time, a.type, a.actor, a.details
    FROM key_versions AS v CROSS JOIN key_activity AS a
    WHERE v.first_event = \(firstEventOfKey) AND v.from_sequence <= ?2 AND v.from_sequence < ?3
      AND a.sequence = v.from_sequence
    ORDER BY v.from_sequence DESC LIMIT ?4
    """

  /// By their first events, the keys that events after ?1 up to ?2 changed, of environment ?3.
  static func changedKeys(inEnvironment: Bool) -> String {
    """
    SELECT v.first_event FROM key_versions AS v
    WHERE v.from_sequence > ?1 AND v.from_sequence <= ?2 \(inEnvironment ? "AND v.environment = ?3" : "")
    """
  }

  /// By their first events, the keys that events after ?1 up to ?2 gave a grace which ends after ?3 and at or before
  /// ?4, of environment ?5.
  static func expiringKeys(inEnvironment: Bool) -> String {
    """
    SELECT v.first_event FROM key_versions AS v
    WHERE v.from_sequence > ?1 AND v.from_sequence <= ?2 AND v.expires_at > ?3 AND v.expires_at <= ?4
      AND v.ended_at_once = 0 \(inEnvironment ? "AND v.environment = ?5" : "")
    """
  }

  /// By their first events, the publishable keys that began by event ?1, of environment ?2.
  static func publishableKeys(inEnvironment: Bool) -> String {
    let began = inEnvironment ? "f.from_sequence" : "f.first_event"
    return """
      SELECT \(began) FROM key_versions AS f
      WHERE f.version = 1 AND \(began) <= ?1 AND f.kind = 'publishable'
        \(inEnvironment ? "AND f.environment = ?2" : "")
      """
  }

  /// By their first events, newest first, keys begun by event ?1 and before event ?2 that at some event from ?3 on may have been good after ?4 and granted
  /// ?5 or ?6, as those stand in a scope's text, or are of a kind that inherits (publishable if ?7 is 1); at most ?8,
  /// of environment ?9.
  static func possibleHolders(inEnvironment: Bool) -> String {
    let began = inEnvironment ? "f.from_sequence" : "f.first_event"
    return """
      SELECT \(began) FROM key_versions AS f
      WHERE f.version = 1 \(inEnvironment ? "AND f.environment = ?9" : "") AND \(began) <= ?1 AND \(began) < ?2
        AND EXISTS (SELECT 1 FROM key_versions AS v
          WHERE v.first_event = \(began) AND v.from_sequence <= ?1 AND (v.to_sequence IS NULL OR v.to_sequence > ?3)
            AND (v.expires_at IS NULL OR v.expires_at > ?4)
            AND (v.kind = 'full_access' OR (?7 = 1 AND v.kind = 'publishable')
              OR instr(v.scope, ?5) > 0 OR instr(v.scope, ?6) > 0))
      ORDER BY \(began) DESC LIMIT ?8
      """
  }

  package static let all =
    [keyByFingerprint, environmentOfKey, firstEventOfCommand, key, activity, lastVersion]
    + [true, false].flatMap {
      [
        keys(inEnvironment: $0), versions(inEnvironment: $0), countOfKeys(inEnvironment: $0),
        keysByWalk(inEnvironment: $0), changedKeys(inEnvironment: $0), expiringKeys(inEnvironment: $0),
        publishableKeys(inEnvironment: $0), possibleHolders(inEnvironment: $0),
      ]
    }
}
