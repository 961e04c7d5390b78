import CSQLite
import Glibc

/// Where a database file is, and how it comes to be. Nothing here opens one: closing any descriptor of a file drops all
/// locks that the process holds on it.
enum DatabaseFile {
  /// Mode of every file we create: the owner reads and writes, nobody else.
  static let mode: mode_t = 0o600

  /// `path` with its directory resolved, so that SQLITE_OPEN_NOFOLLOW judges the file alone: a data directory may well
  /// be reached by a symbolic link, the file in it may not be one. Being absolute it is never taken for a URI.
  static func resolve(_ path: String) throws(SQLiteError) -> String {
    let bytes = Array(path.utf8)
    guard !bytes.contains(0), bytes.last != 0x2f, !bytes.isEmpty else {
      throw SQLiteError(code: SQLITE_CANTOPEN, message: "not the path of a file: \(path)")
    }
    let cut = bytes.lastIndex(of: 0x2f)
    let name = String(decoding: bytes[(cut.map { $0 + 1 } ?? 0)...], as: UTF8.self)
    let directory = cut.map { $0 == 0 ? "/" : String(decoding: bytes[..<$0], as: UTF8.self) } ?? "."
    guard let found = unsafe realpath(directory, nil) else {
      let code = errno
      throw SQLiteError(
        code: SQLITE_CANTOPEN, message: "no such directory: \(directory)", systemError: code)
    }
    defer { unsafe free(found) }
    let resolved = unsafe String(cString: found)
    return resolved == "/" ? "/" + name : resolved + "/" + name
  }

  /// Creates an empty file of mode 0600 whatever the umask; one that exists is left as it is.
  ///
  /// By mknod(2), which needs no descriptor: with open(2) the close could drop the locks of another thread that found
  /// the new file meanwhile. SQLite gives its WAL and journal the mode of this file.
  static func createIfAbsent(_ path: String) throws(SQLiteError) {
    guard unsafe mknod(path, S_IFREG | mode, 0) == 0, unsafe chmod(path, mode) == 0 else {
      let code = errno
      if code == EEXIST { return }
      throw SQLiteError(code: SQLITE_CANTOPEN, message: "cannot create \(path)", systemError: code)
    }
  }

  /// `path` as a URI of an unchanging file: no lock, no WAL, no change looked for.
  static func immutableURI(_ path: String) -> String {
    var uri = "file:"
    for byte in path.utf8 {
      switch byte {
      case 0x2f, 0x2d, 0x2e, 0x5f, 0x30...0x39, 0x41...0x5a, 0x61...0x7a: uri.unicodeScalars.append(.init(byte))
      default: uri += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return uri + "?immutable=1"
  }
}
