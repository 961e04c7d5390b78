import CSQLite
import Glibc

/// What SQLite answered when it could not do as asked: code, message and SQL text, never a bound value.
package struct SQLiteError: Error, Sendable {
  /// SQLite's extended result code, such as 2067 for a violated UNIQUE.
  package let code: Int32
  /// SQLite's own words, or ours where SQLite has none.
  package let message: String
  /// The statement as it was prepared, its parameters still `?`. Nil where no statement was at work.
  package let sql: String?
  /// The system's `errno` beneath an I/O failure, else 0.
  package let systemError: Int32

  package init(code: Int32, message: String, sql: String? = nil, systemError: Int32 = 0) {
    self.code = code
    self.message = message
    self.sql = sql
    self.systemError = systemError
  }

  /// The code without its extension: the low byte.
  private var primary: Int32 { code & 0xff }

  /// Another connection held the lock until the limit of the busy policy.
  package var isBusy: Bool { primary == SQLITE_BUSY }
  /// No room: the disk, the quota, or `max_page_count`.
  package var isFull: Bool { primary == SQLITE_FULL || (isIO && (systemError == ENOSPC || systemError == EDQUOT)) }
  /// The file is damaged, or is no database at all.
  package var isCorrupt: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
  /// The file, its directory or the connection may only be read.
  package var isReadOnly: Bool { primary == SQLITE_READONLY }
  /// The file is absent, a symbolic link, or may not be opened.
  package var isCannotOpen: Bool { primary == SQLITE_CANTOPEN }
  /// Reading, writing or syncing failed. After a COMMIT this means: neither done nor refused.
  package var isIO: Bool { primary == SQLITE_IOERR }
  /// A UNIQUE, CHECK, NOT NULL or datatype rule, or a trigger's RAISE, refused the change.
  package var isConstraint: Bool { primary == SQLITE_CONSTRAINT }
}

extension SQLiteError: CustomStringConvertible {
  package var description: String {
    let cause = systemError == 0 ? "" : ", errno \(systemError)"
    let statement = sql.map { " in: \($0)" } ?? ""
    return "SQLite error \(code)\(cause): \(message)\(statement)"
  }
}
