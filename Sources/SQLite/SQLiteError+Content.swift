import CSQLite

extension SQLiteError {
  /// The file is no database of SQLite's, as far as its first bytes tell.
  package var isNotADatabase: Bool { code & 0xff == SQLITE_NOTADB }

  /// Whether it is the file that answers so, by what it holds or because the disk can't read it. The rest is about
  /// locks, permissions, memory and ourselves, and says nothing of the content.
  package var speaksOfContent: Bool {
    switch code & 0xff {
    case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_IOERR, SQLITE_ERROR, SQLITE_INTERNAL, SQLITE_FORMAT, SQLITE_TOOBIG,
      SQLITE_SCHEMA, SQLITE_MISMATCH, SQLITE_CONSTRAINT:
      true
    default: false
    }
  }
}
