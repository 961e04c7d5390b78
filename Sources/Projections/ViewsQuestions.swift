/// The texts of all questions to the tables that answer. Together in one place, so that a test can look at how SQLite
/// goes about each of them: a plan that walks along a whole table is an answer too late.
///
/// A key is a row of `keys` (`k`), whose number leads to its versions (`v`). CROSS JOIN keeps that order.
package enum ViewsQuestions {
  static let keyByFingerprint =
    "SELECT k.key, k.environment FROM keys AS k WHERE k.fingerprint = ?1 ORDER BY k.first_event LIMIT 1"

  /// As it is now.
  static let key = "SELECT \(RowTable.keys.list(of: "k")) FROM keys AS k WHERE k.key = ?1 LIMIT 1"

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

  /// How many there are, of environment ?1.
  static func keyCount(inEnvironment: Bool) -> String {
    "SELECT count(*) FROM keys AS k \(inEnvironment ? "WHERE k.environment = ?1" : "")"
  }

  /// Those begun by event ?1 and no earlier than event ?2, of environment ?3, newest first, as they are now.
  static func keys(inEnvironment: Bool) -> String {
    """
    SELECT \(RowTable.keys.list(of: "k")) FROM keys AS k
    WHERE k.first_event <= ?1 AND k.first_event >= ?2 \(inEnvironment ? "AND k.environment = ?3" : "")
    ORDER BY k.first_event DESC
    """
  }

  /// What the key that began with event ?1 was as of event ?2, where a later one changed it.
  static let version = """
    SELECT \(RowTable.versions.list(of: "v")) FROM key_versions AS v
    WHERE v.first_event = ?1 AND v.to_sequence > ?2 ORDER BY v.to_sequence LIMIT 1
    """

  /// The same of all keys: a walk along what happened after event ?1.
  static let versions = """
    SELECT \(RowTable.versions.list(of: "v")) FROM key_versions AS v WHERE v.to_sequence > ?1 AND v.from_sequence <= ?1
    """

  static let lastVersion = "SELECT max(to_sequence) FROM key_versions"

  /// After its first event what happened to the key that began with event ?1, up to event ?2, before event ?3, newest
  /// first, at most ?4.
  static let activity = """
    SELECT \(RowTable.activity.list(of: "a")) FROM key_versions AS v CROSS JOIN key_activity AS a
    WHERE v.first_event = ?1 AND v.to_sequence <= ?2 AND v.to_sequence < ?3 AND a.sequence = v.to_sequence
    ORDER BY v.to_sequence DESC LIMIT ?4
    """

  static let activityOfEvent = "SELECT \(RowTable.activity.list(of: "a")) FROM key_activity AS a WHERE a.sequence = ?1"

  /// By their first events, the keys that events after ?1 up to ?2 changed, of environment ?3.
  static func changedKeys(inEnvironment: Bool) -> String {
    inEnvironment
      ? """
      SELECT a.first_event FROM key_activity AS a CROSS JOIN keys AS k
      WHERE a.sequence > ?1 AND a.sequence <= ?2 AND k.first_event = a.first_event AND k.environment = ?3
      """ : "SELECT a.first_event FROM key_activity AS a WHERE a.sequence > ?1 AND a.sequence <= ?2"
  }

  /// By their first events, the keys that had a grace which ends after ?1 and at or before ?2, of environment ?3. The
  /// graces are few: a plus keeps SQLite from going by the environment.
  static func expiringKeys(inEnvironment: Bool) -> String {
    func ends(_ row: String) -> String {
      "\(row).expires_at > ?1 AND \(row).expires_at <= ?2 AND \(row).ended_at_once = 0"
    }
    let within = inEnvironment ? "AND +k.environment = ?3" : ""
    return """
      SELECT k.first_event FROM keys AS k WHERE \(ends("k")) \(within)
      UNION ALL
      SELECT v.first_event FROM key_versions AS v CROSS JOIN keys AS k
      WHERE \(ends("v")) AND k.first_event = v.first_event \(within)
      """
  }

  /// By their first events, the publishable keys that began by event ?1, of environment ?2.
  static func publishableKeys(inEnvironment: Bool) -> String {
    """
    SELECT k.first_event FROM keys AS k
    WHERE k.first_event <= ?1 AND k.kind = 'publishable' \(inEnvironment ? "AND k.environment = ?2" : "")
    """
  }

  /// By their first events, newest first, keys begun by event ?1 and before event ?2 that at some event from ?3 on may
  /// have been good after ?4 and granted ?5 or ?6, as those stand in a scope's text, or are of a kind that inherits
  /// (publishable if ?7 is 1); at most ?8, of environment ?9.
  static func possibleHolders(inEnvironment: Bool) -> String {
    func holds(_ row: String) -> String {
      """
      (\(row).expires_at IS NULL OR \(row).expires_at > ?4)
        AND (k.kind = 'full_access' OR (?7 = 1 AND k.kind = 'publishable')
          OR instr(\(row).scope, ?5) > 0 OR instr(\(row).scope, ?6) > 0)
      """
    }
    return """
      SELECT k.first_event FROM keys AS k
      WHERE \(inEnvironment ? "k.environment = ?9 AND" : "") k.first_event <= ?1 AND k.first_event < ?2
        AND ((k.last_event <= ?1 AND \(holds("k")))
          OR EXISTS (SELECT 1 FROM key_versions AS v
            WHERE v.first_event = k.first_event AND v.to_sequence > ?3 AND v.from_sequence <= ?1 AND \(holds("v"))))
      ORDER BY k.first_event DESC LIMIT ?8
      """
  }

  package static let all =
    [
      keyByFingerprint, key, firstEventOfCommand, version, versions, lastVersion, activity, activityOfEvent,
    ]
    + [true, false].flatMap {
      [
        keys(inEnvironment: $0), changedKeys(inEnvironment: $0), publishableKeys(inEnvironment: $0),
        possibleHolders(inEnvironment: $0), expiringKeys(inEnvironment: $0),
      ]
    }
}
