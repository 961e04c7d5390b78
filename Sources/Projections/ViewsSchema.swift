internal import SQLite

/// The texts of `views.sqlite`. Everything in it is disposable: a change of shape is a new number, and the file is
/// built anew from the log.
enum ViewsSchema {
  /// "KLvw".
  static let applicationID: Int32 = 0x4b4c_7677
  static let version: Int32 = 1

  /// Which tables: those that answer, or those that a rebuild is filling.
  enum Tables: String {
    case live = ""
    case shadow = "_shadow"

    func name(_ table: String) -> String { table + rawValue }
  }

  /// Names of indexes are one space for all tables, and a table that is renamed takes its indexes with it. So each
  /// rebuild names them by the letter that the tables in place do not use.
  enum Generation: String, CaseIterable {
    case a, b

    var next: Generation { self == .a ? .b : .a }
  }

  static let tableNames = ["key_versions", "key_activity", "idempotency", "position"]

  /// The numbers stand first, so that a scan that looks at them alone need not pass over the texts.
  static func tables(_ tables: Tables) -> String {
    """
    CREATE TABLE "\(tables.name("key_versions"))"(
      from_sequence INTEGER PRIMARY KEY, to_sequence INTEGER, first_event INTEGER NOT NULL, version INTEGER NOT NULL,
      from_time INTEGER NOT NULL, to_time INTEGER, created_at INTEGER NOT NULL, expires_at INTEGER,
      ended_by_event INTEGER, ended_at_once INTEGER NOT NULL, revealable INTEGER NOT NULL, migrated INTEGER NOT NULL,
      removed INTEGER NOT NULL, key TEXT NOT NULL, environment TEXT NOT NULL, kind TEXT NOT NULL, ended_because TEXT,
      name TEXT NOT NULL, description TEXT NOT NULL, scope TEXT NOT NULL, fingerprint BLOB NOT NULL,
      masked TEXT NOT NULL, predecessor TEXT, successor TEXT, integration TEXT, created_by TEXT NOT NULL
    ) STRICT;
    CREATE TABLE "\(tables.name("key_activity"))"(
      sequence INTEGER PRIMARY KEY, key TEXT NOT NULL, time INTEGER NOT NULL, type TEXT NOT NULL, actor TEXT NOT NULL,
      details TEXT NOT NULL
    ) STRICT;
    CREATE TABLE "\(tables.name("idempotency"))"(
      sequence INTEGER PRIMARY KEY, key BLOB NOT NULL
    ) STRICT;
    CREATE TABLE "\(tables.name("position"))"(
      id INTEGER PRIMARY KEY CHECK (id = 1), ledger TEXT NOT NULL, sequence INTEGER NOT NULL, root BLOB NOT NULL,
      frontier BLOB NOT NULL, idempotency_keys INTEGER NOT NULL
    ) STRICT;

    """
  }

  /// Built last by a rebuild: one sort is far cheaper than a million insertions in random places.
  ///
  /// A key is found by its first version, and that version's number (`first_event`, which is its rowid) leads to all
  /// others in order: an index on `first_event` ends in the rowid. Activity needs none, it has the version's number.
  /// What an index of first versions begins with is never bound by `version = 1` itself: the planner would take it for
  /// a look-up and walk along all keys (seen by trying).
  static func indexes(_ tables: Tables, _ generation: Generation) -> [String] {
    let versions = tables.name("key_versions")
    let mark = generation.rawValue
    return [
      "CREATE INDEX key_versions_by_first_\(mark) ON \"\(versions)\"(first_event)",
      "CREATE INDEX key_versions_by_key_\(mark) ON \"\(versions)\"(key) WHERE version = 1",
      "CREATE INDEX key_versions_by_fingerprint_\(mark) ON \"\(versions)\"(fingerprint) WHERE version = 1",
      "CREATE INDEX key_versions_by_environment_\(mark) ON \"\(versions)\"(environment) WHERE version = 1",
      "CREATE INDEX key_versions_firsts_\(mark) ON \"\(versions)\"(first_event) WHERE version = 1",
      "CREATE INDEX idempotency_by_key_\(mark) ON \"\(tables.name("idempotency"))\"(key)",
    ]
  }

  /// The key table of the present, for whoever looks in with the sqlite3 shell. The status is that of the moment asked.
  static let view = """
    CREATE VIEW key_table AS SELECT key, environment, kind, name, description, masked,
      CASE WHEN ended_because IS NULL THEN 'active'
        WHEN ended_at_once = 0
          AND CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) < expires_at THEN 'expiring'
        ELSE 'expired' END AS status,
      ended_because, expires_at, scope, created_at, created_by, predecessor, successor, integration, revealable,
      migrated, version, from_sequence AS last_event
      FROM key_versions WHERE to_sequence IS NULL AND removed = 0 ORDER BY first_event DESC
    """

  /// All of a new file.
  static func script(_ generation: Generation) -> String {
    tables(.live) + (indexes(.live, generation) + [view]).map { $0 + ";\n" }.joined()
  }

  static func drop(_ tables: Tables) -> String {
    tableNames.map { "DROP TABLE IF EXISTS \"\(tables.name($0))\";\n" }.joined()
  }

  /// Puts the shadow tables in the place of those that answered. Runs within one transaction. The view must go first:
  /// renaming checks the whole schema, and for a moment it would speak of a table that is not there.
  static var swap: String {
    "DROP VIEW key_table;\n" + drop(.live)
      + tableNames.map { "ALTER TABLE \"\($0)_shadow\" RENAME TO \"\($0)\";\n" }.joined() + view
  }
}
