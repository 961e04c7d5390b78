import KeyLedger
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

  private static let third = "DROP TABLE last_use;" + UsesTable.schema

  /// Takes the uses over.
  private static func third(_ connection: Connection) throws {
    var uses: [KeyUse] = []
    do {
      let rows = try connection.prepare("SELECT key, at, count FROM last_use")
      defer { rows.reset() }
      while try rows.step() {
        guard let key = KeyID(try rows.text(0)) else { continue }
        uses.append(KeyUse(key, at: Instant(milliseconds: rows.int64(1)), count: rows.int64(2)))
      }
    }
    try connection.execute(third)
    try UsesTable(connection: connection).add(uses.sorted { $0.key < $1.key })
  }

  static let script = first + second + third

  static var migrator: Migrator {
    Migrator(
      applicationID: applicationID,
      steps: [
        Migration(version: 1, sql: first), Migration(version: 2, sql: second), Migration(version: 3, apply: third),
      ])
  }
}
