internal import SQLite

/// The texts of `views.sqlite`. Everything in it is disposable: a change of shape is a new number, and the file is
/// built anew from the log.
enum ViewsSchema {
  /// "KLvw".
  static let applicationID: Int32 = 0x4b4c_7677
  static let version: Int32 = 2

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

  static let tableNames = RowTable.allCases.map(\.rawValue) + ["position"]

  /// `keys` holds each key as its last event left it, `key_versions` what each event put an end to: a version is written
  /// once, when it holds no longer, and rows come in the order of events. The numbers stand first, so that a scan that
  /// looks at them alone need not pass over the texts.
  static func tables(_ tables: Tables) -> String {
    """
    CREATE TABLE "\(tables.name("keys"))"(
      first_event INTEGER PRIMARY KEY, last_event INTEGER NOT NULL, version INTEGER NOT NULL,
      created_at INTEGER NOT NULL, expires_at INTEGER, ended_at_once INTEGER NOT NULL, removed INTEGER NOT NULL,
      revealable INTEGER NOT NULL, migrated INTEGER NOT NULL, key TEXT NOT NULL, environment TEXT NOT NULL,
      kind TEXT NOT NULL, ended_because TEXT, name TEXT NOT NULL, description TEXT NOT NULL, scope TEXT NOT NULL,
      fingerprint BLOB NOT NULL, masked TEXT NOT NULL, predecessor TEXT, successor TEXT, integration TEXT,
      created_by TEXT NOT NULL
    ) STRICT;
    CREATE TABLE "\(tables.name("key_versions"))"(
      to_sequence INTEGER PRIMARY KEY, from_sequence INTEGER NOT NULL, first_event INTEGER NOT NULL,
      version INTEGER NOT NULL, expires_at INTEGER, ended_at_once INTEGER NOT NULL, removed INTEGER NOT NULL,
      ended_because TEXT, name TEXT NOT NULL, description TEXT NOT NULL, scope TEXT NOT NULL, successor TEXT
    ) STRICT;
    CREATE TABLE "\(tables.name("key_activity"))"(
      sequence INTEGER PRIMARY KEY, first_event INTEGER NOT NULL, time INTEGER NOT NULL, type TEXT NOT NULL,
      actor TEXT NOT NULL, details TEXT NOT NULL
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
  /// A key is found by one of `keys`, whose rowid, the number of its first event, leads to its versions in order: their
  /// index ends in the rowid, which is the event that each ended with.
  static func indexes(_ tables: Tables, _ generation: Generation) -> [String] {
    let (keys, versions) = (tables.name("keys"), tables.name("key_versions"))
    let mark = generation.rawValue
    let inGrace = "(expires_at) WHERE ended_at_once = 0 AND expires_at IS NOT NULL"
    return [
      "CREATE INDEX key_versions_by_first_\(mark) ON \"\(versions)\"(first_event)",
      "CREATE INDEX key_versions_by_end_\(mark) ON \"\(versions)\"\(inGrace)",
      "CREATE INDEX keys_by_key_\(mark) ON \"\(keys)\"(key)",
      "CREATE INDEX keys_by_fingerprint_\(mark) ON \"\(keys)\"(fingerprint)",
      "CREATE INDEX keys_by_environment_\(mark) ON \"\(keys)\"(environment)",
      "CREATE INDEX keys_by_end_\(mark) ON \"\(keys)\"\(inGrace)",
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
      migrated, version, last_event
      FROM keys WHERE removed = 0 ORDER BY first_event DESC
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

/// The tables that events fill. The first column is the number by which the rows are ordered.
enum RowTable: String, CaseIterable {
  case keys
  case versions = "key_versions"
  case activity = "key_activity"
  case idempotency

  /// In the order in which rows are written, compared and hashed.
  var columns: [String] {
    switch self {
    case .keys:
      [
        "first_event", "last_event", "version", "created_at", "expires_at", "ended_at_once", "removed", "revealable",
        "migrated", "key", "environment", "kind", "ended_because", "name", "description", "scope", "fingerprint",
        "masked", "predecessor", "successor", "integration", "created_by",
      ]
    case .versions:
      [
        "to_sequence", "from_sequence", "first_event", "version", "expires_at", "ended_at_once", "removed",
        "ended_because", "name", "description", "scope", "successor",
      ]
    case .activity: ["sequence", "first_event", "time", "type", "actor", "details"]
    case .idempotency: ["sequence", "key"]
    }
  }

  var order: String { columns[0] }

  /// The columns behind the name that FROM gives the table.
  func list(of table: String) -> String { columns.map { "\(table).\($0)" }.joined(separator: ", ") }
}
