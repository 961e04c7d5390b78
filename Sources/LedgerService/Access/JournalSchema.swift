import SQLite

/// The tables of `journal.sqlite`. Disposable: what is not laid out like this is begun anew.
enum JournalSchema {
  /// "KLjn".
  static let applicationID: Int32 = 0x4B4C_6A6E

  private static let first = """
    CREATE TABLE journal(
      one INTEGER PRIMARY KEY CHECK (one = 1),
      ledger TEXT NOT NULL,
      since INTEGER NOT NULL,
      dropped INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE access(
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      time INTEGER NOT NULL,
      environment TEXT NOT NULL,
      key TEXT NOT NULL,
      method TEXT NOT NULL,
      path TEXT NOT NULL,
      permission TEXT,
      outcome TEXT NOT NULL
    ) STRICT;
    CREATE TABLE last_use(
      key TEXT PRIMARY KEY,
      at INTEGER NOT NULL,
      count INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE unlisted(
      environment TEXT NOT NULL,
      outcome TEXT NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (environment, outcome)
    ) STRICT, WITHOUT ROWID;
    """

  /// A row for the operations of a batch, `JournalStretch` says how: rows of their own would cost an operation more than
  /// all else about it, and the rare question more than a walk is worth. `last` is the place of the last one.
  private static let second = """
    DROP TABLE access;
    CREATE TABLE stretches(
      last INTEGER PRIMARY KEY,
      count INTEGER NOT NULL,
      operations BLOB NOT NULL
    ) STRICT;
    """

  static let script = first + second

  static var migrator: Migrator {
    Migrator(
      applicationID: applicationID, steps: [Migration(version: 1, sql: first), Migration(version: 2, sql: second)])
  }
}
