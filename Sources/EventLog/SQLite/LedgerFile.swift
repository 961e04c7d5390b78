import Glibc
import SQLite

/// The path of a ledger, and which file it led to when it was opened.
struct LedgerFile {
  let path: String
  private let device: dev_t
  private let inode: ino_t

  init(_ path: String) throws(LogError) {
    self.path = path
    guard let (device, inode) = LedgerFile.identity(of: path) else {
      throw .cannotOpen("\(path): \(LedgerFile.reason(errno))")
    }
    self.device = device
    self.inode = inode
  }

  /// Throws when the path leads to another file by now, or to none: who writes on would write where nobody reads. About
  /// 1 µs.
  func confirm() throws(LogError) {
    guard let (device, inode) = LedgerFile.identity(of: path) else {
      throw .cannotOpen("\(path) is gone: \(LedgerFile.reason(errno))")
    }
    guard device == self.device, inode == self.inode else {
      throw .cannotOpen("\(path) is another file than the one that was opened: open it again")
    }
  }

  func connect(_ mode: Connection.Mode) throws(LogError) -> Connection {
    try sql { () throws(SQLiteError) -> Connection in
      try Connection(path: path, mode: mode, busy: .jitter(limitMilliseconds: SQLiteLog.otherLocksMilliseconds))
    }
  }

  /// A connection for reading, and whether it reads the file as one that nobody changes: for a ledger that was put where
  /// we can't write, or whose disk is full, so that SQLite can't have its index of the WAL there, and need not, as there
  /// is no WAL.
  ///
  /// - Parameter toleratingDamage: gives a connection also to a database that is damaged where one looks first.
  func connectForReading(
    toleratingDamage: Bool = false
  ) throws(LogError) -> (connection: Connection, isImmutable: Bool) {
    let connection = try connect(.readOnly)
    do throws(SQLiteError) {
      // The first look at the file; to open it looks at nothing.
      _ = try connection.userVersion()
      return (connection, false)
    } catch {
      if toleratingDamage, error.isCorrupt, !error.isNotADatabase { return (connection, false) }
      let isBarred = (error.isCannotOpen || error.isReadOnly) && !isDirectoryWritable
      guard isBarred || error.isFull, !hasWAL else {
        throw error.isCorrupt ? .notALedger(error.message) : LogError(error)
      }
      return (try connect(.immutable), true)
    }
  }

  /// Whether there is a WAL with something in it: an empty one holds no commit.
  var hasWAL: Bool {
    var info = stat()
    return unsafe stat(path + "-wal", &info) == 0 && info.st_size > 0
  }

  private var isDirectoryWritable: Bool {
    let bytes = path.utf8
    let directory = bytes.lastIndex(of: UInt8(ascii: "/")).map { String(bytes[...$0]) ?? "/" } ?? "."
    return unsafe access(directory, W_OK) == 0
  }

  private static func identity(of path: String) -> (dev_t, ino_t)? {
    var info = stat()
    // Handed over in place: given as an argument it would be copied, in every turn of a server's loop.
    guard unsafe path.withCString({ unsafe stat($0, &info) }) == 0 else { return nil }
    return (info.st_dev, info.st_ino)
  }

  private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
