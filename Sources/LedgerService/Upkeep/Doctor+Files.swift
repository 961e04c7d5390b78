import Glibc
import KeyLedger
import SQLite

// The machine and the files as such.
extension Doctor {
  /// SQLite's number for 3.40.0: the oldest that is tried.
  private static let oldestLibrary = (3, 40)

  func library() -> Result {
    let parts = SQLiteLibrary.version.utf8.split(separator: UInt8(ascii: ".")).compactMap {
      String($0).flatMap { Int($0) }
    }
    let isOld = parts.count < 2 || (parts[0], parts[1]) < Doctor.oldestLibrary
    return isOld
      ? (.warning, "SQLite \(SQLiteLibrary.version)", "Use 3.40 or newer.")
      : (.ok, "SQLite \(SQLiteLibrary.version)", nil)
  }

  func fileSystem() -> Result {
    guard let kind = FileSystem.kind(of: directory.path) else {
      return (.ok, "not in this machine's list of mounts", nil)
    }
    switch FileSystem.meaning(of: kind) {
    case .local: return (.ok, kind, nil)
    case .network: return (.failure, "\(kind), across a network", "Move the directory to a disk of this host.")
    case .passing: return (.warning, "\(kind), which is gone with the next start", "Move the directory to a disk.")
    case .unknown: return (.warning, "\(kind), which may be anything", "Make sure that it is a disk of this host.")
    }
  }

  private static let (little, scarce) = (UInt64(256) << 20, UInt64(16) << 20)

  func space() -> Result {
    var info = statvfs()
    guard unsafe statvfs(directory.path, &info) == 0 else { return unknown("The room on the disk") }
    let free = UInt64(info.f_bavail) * UInt64(info.f_frsize)
    let found = "\(free >> 20) MiB free"
    if free < Doctor.scarce { return (.failure, found, "Make room now: changes are about to be refused.") }
    return free < Doctor.little ? (.warning, found, "Make room.") : (.ok, found, nil)
  }

  func modes() -> Result {
    do {
      try directory.checkModes()
      return (.ok, "for its owner alone", nil)
    } catch {
      return (.failure, error.message, nil)
    }
  }

  /// More than a writer leaves there between two checkpoints of SQLite.
  private static let largeLog: UInt64 = 64 << 20

  func writeAheadLogs() -> Result {
    let large = [directory.ledger, directory.vault, directory.views].map { $0 + "-wal" }
      .filter { Doctor.size(of: $0) > Doctor.largeLog }
    guard let first = large.first else { return (.ok, "none is large", nil) }
    return (
      .warning, "\(first) has \(Doctor.size(of: first) >> 20) MiB",
      "Find the process that has been reading since: fuser \(first)."
    )
  }

  static func size(of path: String) -> UInt64 {
    var info = stat()
    return unsafe stat(path, &info) == 0 ? UInt64(info.st_size) : 0
  }

  /// Whether two files lie on the same volume.
  static func shareVolume(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    return unsafe stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev
  }

  private func unknown(_ what: String) -> Result {
    (.warning, "\(what) cannot be asked for: \(unsafe String(cString: strerror(errno)))", "Look at \(directory.path).")
  }
}
