import Glibc
import SQLite

/// Runs SQLite calls and says in the log's words what went wrong.
func sql<R>(_ calls: () throws(SQLiteError) -> R) throws(LogError) -> R {
  do throws(SQLiteError) {
    return try calls()
  } catch {
    throw LogError(error)
  }
}

extension LogError {
  /// The one place where SQLite's errors become the log's. For what fails before COMMIT: nothing was appended.
  init(_ error: SQLiteError) {
    if error.isBusy {
      self = .busy
    } else if error.isFull || error.hitsSizeLimit {
      self = .noSpace
    } else if error.isCorrupt {
      self = .damaged(error.description)
    } else if error.isReadOnly {
      self = .readOnly(error.description)
    } else if error.isCannotOpen {
      self = .cannotOpen(error.description)
    } else if error.isConstraint {
      // What we insert follows from what we read, so the file contradicts itself.
      self = .damaged(error.description)
    } else {
      self = .failed(error.description)
    }
  }

  /// What a COMMIT that failed means. The frame that makes a transaction count is written last and then synced: when
  /// there was no room for it, it is not there; when the sync failed, or it can't be told what did, it may be.
  init(atCommit error: SQLiteError) {
    let lackedRoom = error.isFull || error.hitsSizeLimit
    self = error.isIO && !(lackedRoom && error.code == SQLiteError.write) ? .outcomeUnknown : LogError(error)
  }
}

extension SQLiteError {
  /// SQLITE_IOERR_WRITE.
  fileprivate static let write: Int32 = 10 | 3 << 8

  /// The file would grow beyond what the process or the file system allows.
  fileprivate var hitsSizeLimit: Bool { isIO && systemError == EFBIG }
}
