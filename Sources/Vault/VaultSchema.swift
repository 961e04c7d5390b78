import SQLite

/// The vault's tables.
enum VaultSchema {
  /// "KLvt".
  static let applicationID: Int32 = 0x4B4C_7674

  /// `row` only grows and rows are never deleted: a new one goes to the end of the last page, and no older one is ever
  /// copied to another page, where SQLite would leave its bytes behind. For the same reason owner and kind stand in an
  /// index of their own. `due` is a hint when to look at a row again, and holds no secret.
  static let script = """
    CREATE TABLE secrets(
      row INTEGER PRIMARY KEY AUTOINCREMENT,
      owner TEXT NOT NULL,
      kind TEXT NOT NULL,
      root_id TEXT NOT NULL,
      salt BLOB NOT NULL,
      sealed BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX secrets_owner_kind ON secrets(owner, kind);
    CREATE TABLE root(
      one INTEGER PRIMARY KEY CHECK (one = 1),
      current TEXT NOT NULL
    ) STRICT;
    CREATE TABLE due(
      owner TEXT NOT NULL,
      kind TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (owner, kind, at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX due_at ON due(at);
    """

  static var migrator: Migrator {
    Migrator(applicationID: applicationID, steps: [Migration(version: 1, sql: script)])
  }

  static let version = 1
}
