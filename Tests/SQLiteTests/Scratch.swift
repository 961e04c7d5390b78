import Foundation
import SQLite

/// A directory of its own for one test, gone with it.
@safe final class Scratch {
  let path: String

  init() {
    let place = FileManager.default.temporaryDirectory.appending(path: "sqlite-tests-XXXXXX")
    var template = Array(place.path.utf8CString)
    unsafe path = template.withUnsafeMutableBufferPointer {
      unsafe mkdtemp($0.baseAddress!).map { unsafe String(cString: $0) }!
    }
  }

  deinit {
    unsafe system("rm -rf '\(path)'")
  }

  func file(_ name: String = "test.sqlite") -> String { "\(path)/\(name)" }

  /// Permission bits of a file, nil when it is absent.
  func mode(_ name: String) -> mode_t? {
    var status = stat()
    guard unsafe lstat(file(name), &status) == 0 else { return nil }
    return status.st_mode & 0o7777
  }

  /// A connection to the directory's database.
  func connect(
    _ mode: Connection.Mode = .create, wal: Bool = true, limit: Int = 5_000
  ) throws -> Connection {
    let connection = try Connection(path: file(), mode: mode, busy: .jitter(limitMilliseconds: limit))
    if wal, mode == .create || mode == .readWrite { try connection.useWriteAheadLog(.full) }
    return connection
  }
}

/// The SQLite error that `body` throws, nil if it throws none.
func sqliteError(_ body: () throws -> Void) -> SQLiteError? {
  do {
    try body()
    return nil
  } catch {
    return error as? SQLiteError
  }
}

extension Connection {
  /// The first column of the first row.
  func int(_ sql: String) throws -> Int64 {
    let statement = try prepare(sql)
    defer { statement.reset() }
    _ = try statement.step()
    return statement.int64(0)
  }
}
