internal import CSQLite

/// The library that this program is linked to.
package enum SQLiteLibrary {
  /// As SQLite says it: "3.40.1".
  package static var version: String { unsafe String(cString: sqlite3_libversion()) }

  /// Sets once what holds for all connections. Where somebody in this process was quicker SQLite stays as it was, which
  /// costs time and nothing else.
  static let isSetUp: Bool = csqlite_count_no_memory() == SQLITE_OK
}
