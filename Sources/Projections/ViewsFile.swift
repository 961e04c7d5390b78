internal import Glibc
internal import SQLite

/// Opening `views.sqlite`, and getting rid of one that is no use.
enum ViewsFile {
  /// How long a lock is waited for: others hold it for a page of a thousand events, or while a rebuild puts its tables
  /// in place.
  static let busy = BusyPolicy.jitter(limitMilliseconds: 5_000)
  /// Bytes. Twice SQLite's own: what walks along a table reads it in half as many pieces.
  private static let pageSize = 8_192
  /// Pages of WAL after which it is copied back, 64 MiB: catching up dirties pages all over the file, and the longer
  /// they gather, the more of them are the same.
  private static let checkpointPages = 8_192
  /// KiB; negative is how SQLite tells them from pages.
  private static let cacheKibibytes = -16_384
  /// How often a file that is no use is replaced before we give up; several processes may be at it at once.
  private static let attempts = 5

  /// A connection to views of this format, created where there are none. A file that is no use is replaced.
  static func open(_ path: String) throws -> Connection {
    for _ in 0..<attempts {
      let connection = try Connection(path: path, mode: .create, busy: busy)
      let identity = FileIdentity(path)
      do {
        let verdict = try judge(connection)
        switch verdict {
        case .ours: return try configured(connection)
        case .empty:
          try create(connection)
          return try configured(connection)
        case .newer(let found):
          throw ViewsError.newerFormat(found: found, known: Int64(ViewsSchema.version))
        case .foreign: try remove(path, ifStill: identity, .moveAside)
        case .damaged, .older: try remove(path, ifStill: identity, .delete)
        }
      } catch let error as SQLiteError {
        guard isDamage(error, path) else { throw error }
        try remove(path, ifStill: identity, .delete)
      }
      // Only now: while it is open nobody else's new file can have its identity.
      connection.close()
    }
    throw ViewsError.failed("\(path) was damaged again each time it was made anew: check the disk")
  }

  /// A connection that only reads. Throws `absent` where nothing has been built yet in this format, `damaged` for what `open` would
  /// replace.
  static func openReadOnly(_ path: String) throws -> Connection {
    guard FileIdentity(path) != nil else { throw ViewsError.absent(path) }
    let connection = try Connection(path: path, mode: .readOnly, busy: busy)
    switch try judge(connection) {
    case .ours: return connection
    case .empty, .older: throw ViewsError.absent(path)
    case .newer(let found): throw ViewsError.newerFormat(found: found, known: Int64(ViewsSchema.version))
    case .foreign: throw ViewsError.damaged("\(path) belongs to another program")
    case .damaged: throw ViewsError.damaged("\(path) is not laid out as this program does")
    }
  }

  private static func create(_ connection: Connection) throws {
    // Before the tables: neither can change inside a transaction.
    try connection.execute("PRAGMA page_size=\(pageSize)")
    try connection.useWriteAheadLog(.normal)
    try connection.write {
      // Another process may have been faster while we waited for the lock.
      guard try judge(connection) == .empty else { return }
      try connection.execute(ViewsSchema.script(.a))
      try connection.setApplicationID(ViewsSchema.applicationID)
      try connection.setUserVersion(ViewsSchema.version)
    }
  }

  private static func configured(_ connection: Connection) throws(SQLiteError) -> Connection {
    try connection.useWriteAheadLog(.normal)
    // Nothing in the views is secret, and wiping the pages of a dropped table would double a rebuild's writing.
    _ = try connection.pragma("secure_delete=OFF")
    _ = try connection.pragma("wal_autocheckpoint=\(checkpointPages)")
    try connection.execute("PRAGMA cache_size=\(cacheKibibytes)")
    return connection
  }

  // MARK: Judging

  private enum Verdict: Equatable {
    case ours, empty, foreign, damaged
    /// Of an earlier format: what it holds is in the log.
    case older
    case newer(Int64)
  }

  /// Looks at header and schema alone: about a millisecond. Damage further in shows when it is read.
  private static func judge(_ connection: Connection) throws(SQLiteError) -> Verdict {
    let found = try connection.schema().filter { !$0.table.utf8.elementsEqual("sqlite_sequence".utf8) }
    let application = try connection.applicationID()
    let version = try connection.userVersion()
    if found.isEmpty, application == 0, version == 0 { return .empty }
    let isOurs = try isLaidOut(found)
    // Another format has another layout; with ours, a number that is not ours is a damaged header.
    if isOurs {
      return application == ViewsSchema.applicationID && version == Int64(ViewsSchema.version) ? .ours : .damaged
    }
    guard application == ViewsSchema.applicationID else {
      return application == 0 ? .damaged : .foreign
    }
    guard version > 0, version != Int64(ViewsSchema.version), !found.isEmpty else { return .damaged }
    return version > Int64(ViewsSchema.version) ? .newer(version) : .older
  }

  /// Whether the tables that answer are exactly ours. What a rebuild is filling beside them it judges itself.
  private static func isLaidOut(_ found: [SchemaObject]) throws(SQLiteError) -> Bool {
    let live = found.filter { !$0.table.utf8.reversed().starts(with: "_shadow".utf8.reversed()) }
    guard let generation = generation(of: live) else { return false }
    let expected = try SchemaObject.made(by: ViewsSchema.script(generation))
    return expected.count == live.count && expected.allSatisfy { live.contains($0) }
  }

  /// By which letter the indexes of the tables that answer go.
  static func generation(of objects: [SchemaObject]) -> ViewsSchema.Generation? {
    ViewsSchema.Generation.allCases.first { generation in
      objects.contains {
        $0.table.utf8.elementsEqual("key_versions".utf8)
          && $0.name.utf8.elementsEqual("key_versions_by_first_\(generation.rawValue)".utf8)
      }
    }
  }

  /// A header that says "read only" while we may write the file is a damaged header.
  private static func isDamage(_ error: SQLiteError, _ path: String) -> Bool {
    if error.isReadOnly { return unsafe access(path, W_OK) == 0 }
    if case .damaged = ViewsError(error) { return true }
    return false
  }

  // MARK: Removing

  enum Removal { case delete, moveAside }

  /// Removes the file with what belongs to it, unless another has taken its place meanwhile. Under a lock of its own,
  /// so that nobody removes the new `-wal` of somebody who was faster. The caller still has the file open.
  static func remove(_ path: String, ifStill identity: FileIdentity?, _ removal: Removal) throws(ViewsError) {
    guard let identity else { return }
    let lock = try RemovalLock(beside: path)
    defer { lock.release() }
    guard FileIdentity(path) == identity else { return }
    for name in [path, path + "-wal", path + "-shm"] {
      // The main file first: SQLite takes a `-wal` beside an absent or empty file for a leftover.
      let code =
        switch removal {
        case .delete: unsafe unlink(name)
        case .moveAside: unsafe rename(name, path + ".foreign" + name.dropFirst(path.count))
        }
      guard code == 0 || errno == ENOENT else { throw .cannotOpen("\(name) can't be removed: errno \(errno)") }
    }
  }
}

/// Which file a path leads to.
struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64

  /// Nil where there is none.
  init?(_ path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

/// Held while a damaged file is removed. The kernel lets it go when its holder dies.
private struct RemovalLock {
  private let descriptor: Int32

  init(beside path: String) throws(ViewsError) {
    descriptor = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .cannotOpen("\(path).lock can't be made: errno \(errno)") }
    guard flock(descriptor, LOCK_EX) == 0 else {
      close(descriptor)
      throw .failed("\(path).lock can't be locked: errno \(errno)")
    }
  }

  func release() { close(descriptor) }
}
