import CSQLite
import Glibc
import Synchronization

/// SQLite's way to the simulated disk: its own Unix layer, with every call that changes something judged by the disk
/// first. Locks, shared memory and reads are the real ones, on files that hold what the disk shows.
///
/// It becomes the default of the whole process, so that the ledger is opened by the code of every day.
enum SimulatedVFS {
  static let disk = SimulatedDisk()

  /// What SQLite keeps for each open file: ours, and the real one behind it.
  @unsafe struct OpenFile {
    var base = unsafe sqlite3_file(pMethods: nil)
    /// The path of a file that the disk knows; nil for a temporary one.
    var path: Unmanaged<Path>?
  }

  final class Path {
    let text: String
    init(_ text: String) { self.text = text }
  }

  nonisolated(unsafe) private static var layer = unsafe sqlite3_vfs()
  nonisolated(unsafe) private static var ourMethods = sqlite3_io_methods()
  nonisolated(unsafe) private static var unix: UnsafeMutablePointer<sqlite3_vfs>?
  nonisolated(unsafe) private static var name: UnsafeMutablePointer<CChar>?

  /// Extended codes, which Swift cannot import: the call that failed, above the code of all of them.
  private static let ioError = (
    write: SQLITE_IOERR | 3 << 8, fsync: SQLITE_IOERR | 4 << 8, truncate: SQLITE_IOERR | 6 << 8,
    delete: SQLITE_IOERR | 10 << 8
  )

  static func install() {
    guard let real = unsafe sqlite3_vfs_find(nil) else { preconditionFailure("SQLite has no file system") }
    unsafe unix = real
    unsafe name = strdup("simulated")
    unsafe layer = real.pointee
    unsafe layer.szOsFile += Int32(MemoryLayout<OpenFile>.stride)
    unsafe layer.pNext = nil
    unsafe layer.zName = UnsafePointer(name)
    unsafe layer.xOpen = { _, name, file, flags, out in unsafe SimulatedVFS.open(name, file, flags, out) }
    unsafe layer.xDelete = { _, name, isSynced in unsafe SimulatedVFS.delete(name, isSynced) }
    unsafe layer.xRandomness = { _, count, out in unsafe SimulatedVFS.fill(out, Int(count)) }
    fillMethods()
    let code = unsafe sqlite3_vfs_register(&layer, 1)
    precondition(code == SQLITE_OK, "SQLite takes no file system")
  }

  /// Calls that change nothing go to the real file; version 2 leaves memory-mapped reading out.
  private static func fillMethods() {
    unsafe ourMethods.iVersion = 2
    unsafe ourMethods.xClose = { unsafe SimulatedVFS.close($0) }
    unsafe ourMethods.xRead = { unsafe SimulatedVFS.methods($0).xRead(SimulatedVFS.real($0), $1, $2, $3) }
    unsafe ourMethods.xWrite = { unsafe SimulatedVFS.write($0, $1, $2, $3) }
    unsafe ourMethods.xTruncate = { unsafe SimulatedVFS.truncate($0, $1) }
    unsafe ourMethods.xSync = { file, _ in unsafe SimulatedVFS.sync(file) }
    unsafe ourMethods.xFileSize = { unsafe SimulatedVFS.methods($0).xFileSize(SimulatedVFS.real($0), $1) }
    unsafe ourMethods.xLock = { unsafe SimulatedVFS.methods($0).xLock(SimulatedVFS.real($0), $1) }
    unsafe ourMethods.xUnlock = { unsafe SimulatedVFS.methods($0).xUnlock(SimulatedVFS.real($0), $1) }
    unsafe ourMethods.xCheckReservedLock = {
      unsafe SimulatedVFS.methods($0).xCheckReservedLock(SimulatedVFS.real($0), $1)
    }
    unsafe ourMethods.xFileControl = { unsafe SimulatedVFS.methods($0).xFileControl(SimulatedVFS.real($0), $1, $2) }
    unsafe ourMethods.xSectorSize = { unsafe SimulatedVFS.methods($0).xSectorSize(SimulatedVFS.real($0)) }
    unsafe ourMethods.xDeviceCharacteristics = {
      unsafe SimulatedVFS.methods($0).xDeviceCharacteristics(SimulatedVFS.real($0))
    }
    unsafe ourMethods.xShmMap = { unsafe SimulatedVFS.methods($0).xShmMap(SimulatedVFS.real($0), $1, $2, $3, $4) }
    unsafe ourMethods.xShmLock = { unsafe SimulatedVFS.methods($0).xShmLock(SimulatedVFS.real($0), $1, $2, $3) }
    unsafe ourMethods.xShmBarrier = { unsafe SimulatedVFS.methods($0).xShmBarrier(SimulatedVFS.real($0)) }
    unsafe ourMethods.xShmUnmap = { unsafe SimulatedVFS.methods($0).xShmUnmap(SimulatedVFS.real($0), $1) }
  }

  // MARK: Files

  private static func open(
    _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
    _ out: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let file = unsafe file, let unix = unsafe unix else { return SQLITE_MISUSE }
    let ours = unsafe ours(file)
    unsafe ours.initialize(to: OpenFile())
    let code = unsafe unix.pointee.xOpen(unix, name, real(file), flags, out)
    guard code == SQLITE_OK else { return code }
    if let name = unsafe name {
      let path = unsafe String(cString: name)
      disk.opened(path)
      unsafe ours.pointee.path = Unmanaged.passRetained(Path(path))
    }
    unsafe withUnsafePointer(to: &ourMethods) { unsafe ours.pointee.base.pMethods = $0 }
    return code
  }

  private static func close(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    guard let file = unsafe file else { return SQLITE_MISUSE }
    unsafe ours(file).pointee.path?.release()
    unsafe ours(file).pointee.path = nil
    return unsafe methods(file).xClose(real(file))
  }

  private static func write(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ bytes: UnsafeRawPointer?, _ count: Int32, _ offset: Int64
  ) -> Int32 {
    guard let file = unsafe file, let bytes = unsafe bytes else { return SQLITE_MISUSE }
    if let path = unsafe path(file) {
      let content = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      switch disk.write(path, at: Int(offset), content) {
      case .done: break
      case .failed: return ioError.write
      case .full: return SQLITE_FULL
      }
    }
    return unsafe methods(file).xWrite(real(file), bytes, count, offset)
  }

  private static func truncate(_ file: UnsafeMutablePointer<sqlite3_file>?, _ size: Int64) -> Int32 {
    guard let file = unsafe file else { return SQLITE_MISUSE }
    if let path = unsafe path(file), disk.truncate(path, to: Int(size)) != .done { return ioError.truncate }
    return unsafe methods(file).xTruncate(real(file), size)
  }

  /// Never the real one: what is durable the disk knows.
  private static func sync(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    guard let file = unsafe file else { return SQLITE_MISUSE }
    guard let path = unsafe path(file), disk.sync(path) != .done else { return SQLITE_OK }
    return ioError.fsync
  }

  private static func delete(_ name: UnsafePointer<CChar>?, _ isSynced: Int32) -> Int32 {
    guard let name = unsafe name, let unix = unsafe unix else { return SQLITE_MISUSE }
    guard disk.delete(unsafe String(cString: name), isSynced: isSynced != 0) == .done else { return ioError.delete }
    return unsafe unix.pointee.xDelete(unix, name, 0)
  }

  /// SQLite's own random numbers, which the salts of a write-ahead log are made of.
  private static func fill(_ out: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int32 {
    guard let out = unsafe out else { return 0 }
    for (place, byte) in disk.randomBytes(count).enumerated() { unsafe out[place] = CChar(bitPattern: byte) }
    return Int32(count)
  }

  private static func path(_ file: UnsafeMutablePointer<sqlite3_file>) -> String? {
    unsafe ours(file).pointee.path?.takeUnretainedValue().text
  }

  private static func ours(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<OpenFile> {
    unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: OpenFile.self)
  }

  /// What the real file is handled by.
  private static func methods(_ file: UnsafeMutablePointer<sqlite3_file>?) -> sqlite3_io_methods {
    unsafe real(file).pointee.pMethods.pointee
  }

  /// The real file lies behind ours.
  private static func real(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<sqlite3_file> {
    guard let file = unsafe file else { preconditionFailure("a call for no file") }
    return unsafe (UnsafeMutableRawPointer(file) + MemoryLayout<OpenFile>.stride)
      .assumingMemoryBound(to: sqlite3_file.self)
  }
}
