package import SQLite

/// Why the views could not answer. The log may still: whoever asks for `--replay` does not need them.
package enum ViewsError: Error, Equatable, Sendable {
  /// A newer program made them. Untouched; use that program, or delete the file: it can be built again.
  case newerFormat(found: Int64, known: Int64)
  /// There are none yet and this opening may not make them.
  case absent(String)
  /// The file or its directory can't be opened: no permission, a symbolic link, no such directory.
  case cannotOpen(String)
  /// Another process held the lock for longer than we wait; try again.
  case busy
  /// The disk is full. Nothing of the page at hand was written.
  case noSpace
  /// The file or its directory can't be written.
  case readOnly(String)
  /// Something in them is not as this program writes it. `startOver` and catching up make them whole again.
  case damaged(String)
  /// The records of the log do not hash to the root of its own head: `verify` says where.
  case logContradictsItself(size: UInt64)
  /// Any other failure of file or system.
  case failed(String)
}

extension ViewsError {
  /// What SQLite said, in our words.
  package init(_ error: SQLiteError) {
    if error.isBusy {
      self = .busy
    } else if error.isFull {
      self = .noSpace
    } else if error.isReadOnly {
      self = .readOnly(error.description)
    } else if error.isCannotOpen {
      self = .cannotOpen(error.description)
    } else if error.meansDamage {
      self = .damaged(error.description)
    } else {
      self = .failed(error.description)
    }
  }
}

extension SQLiteError {
  /// Whether only a file that is not as we wrote it leads here: our own statements are right, so a table or column
  /// that is missing (1), a row that breaks a rule (19), a text that is none (20), a file that is none (11, 24, 26) or
  /// that ends too early (522) is damage.
  fileprivate var meansDamage: Bool {
    isCorrupt || isConstraint || [1, 20, 24].contains(code & 0xff) || code == SQLiteError.shortRead
  }

  /// SQLITE_IOERR_SHORT_READ.
  private static var shortRead: Int32 { 522 }
}

/// Runs `body` with what SQLite throws put in our words. What the log throws passes as it is.
func translated<R>(_ body: () throws -> R) throws -> R {
  do {
    return try body()
  } catch let error as SQLiteError {
    throw ViewsError(error)
  }
}
