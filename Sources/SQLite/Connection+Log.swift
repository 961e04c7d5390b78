import CSQLite

extension Connection {
  /// Writes what the write-ahead log holds anew, byte for byte, and syncs it. To be called before the first change of a
  /// connection that did not see every frame being synced.
  ///
  /// A sync that fails leaves frames that can be read and will never be written: the kernel takes them for clean (the
  /// errors of fsync are told once). Should their process end there, the next one finds them whole, builds on them, and
  /// all of that is gone with the power. Written again they are dirty again, and the sync says the truth about them.
  /// Cost: nothing without a WAL, else the write lock and at most its size, usually below 4 MB. Not inside a transaction.
  package func renewLog() throws(SQLiteError) {
    guard try logSize() > 0 else { return }
    // Under the write lock nobody appends. A checkpoint may read meanwhile: the bytes stay what they are.
    try begin(.immediate)
    defer { rollback() }
    guard let file = try unsafe logFile() else { return }
    let size = try logSize()
    var piece = [UInt8](repeating: 0, count: Self.renewedAtOnce)
    var offset: Int64 = 0
    while offset < size {
      let count = Int32(min(Int64(piece.count), size - offset))
      let code = unsafe piece.withUnsafeMutableBytes { bytes -> Int32 in
        let read = unsafe file.pointee.pMethods.pointee.xRead(file, bytes.baseAddress, count, offset)
        guard read == SQLITE_OK else { return read }
        return unsafe file.pointee.pMethods.pointee.xWrite(file, bytes.baseAddress, count, offset)
      }
      try handle.check(code)
      offset += Int64(count)
    }
    try handle.check(unsafe file.pointee.pMethods.pointee.xSync(file, SQLITE_SYNC_NORMAL))
  }

  private static let renewedAtOnce = 1 << 16

  private func logSize() throws(SQLiteError) -> Int64 {
    guard let file = try unsafe logFile() else { return 0 }
    var size: Int64 = 0
    try handle.check(unsafe file.pointee.pMethods.pointee.xFileSize(file, &size))
    return size
  }

  /// SQLite's own file of the WAL; nil while it has none open.
  private func logFile() throws(SQLiteError) -> UnsafeMutablePointer<sqlite3_file>? {
    guard handle.isOpen else { throw Handle.closed(sql: nil) }
    guard let file = unsafe csqlite_journal(handle.db) else { return nil }
    return unsafe file
  }
}
