internal import CSQLite

/// The library that this program is linked to.
package enum SQLiteLibrary {
  /// As SQLite says it: "3.40.1".
  package static var version: String { unsafe String(cString: sqlite3_libversion()) }
}
