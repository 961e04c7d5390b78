import Glibc

/// The file of the rollback guard as the operating system sees it: small, and only ever replaced whole.
struct GuardFile {
  let path: String

  /// More than a checkpoint of ours has: a longer file is none.
  static let byteLimit = 1_024
  /// How long another writer is waited for, in milliseconds.
  static let lockLimitMilliseconds = 5_000

  /// What stands at the path.
  struct Found {
    let stamp: GuardStamp
    /// At most one byte more than the limit; nil when it is no file of ours.
    let bytes: [UInt8]?
    /// Why there are no bytes.
    var fault = ""
  }

  func read() -> Found {
    // Taken before: a file that comes meanwhile is another one at the next look.
    let stamp = GuardStamp(of: path)
    // Not blocking, so that a named pipe in the file's place cannot hold us.
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard file >= 0 else {
      let code = errno
      switch code {
      case ENOENT: return Found(stamp: stamp, bytes: nil, fault: "there is no rollback guard at \(path)")
      case ELOOP: return Found(stamp: stamp, bytes: nil, fault: "the rollback guard at \(path) is a symbolic link")
      default: return Found(stamp: stamp, bytes: nil, fault: "the rollback guard at \(path): \(GuardFile.reason(code))")
      }
    }
    defer { close(file) }
    return contents(of: file)
  }

  private func contents(of file: Int32) -> Found {
    var info = stat()
    guard unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      return Found(stamp: GuardStamp(info), bytes: nil, fault: "the rollback guard at \(path) is no file")
    }
    var bytes = [UInt8](repeating: 0, count: GuardFile.byteLimit + 1)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
    guard count >= 0 else {
      let fault = "the rollback guard at \(path): \(GuardFile.reason(errno))"
      return Found(stamp: GuardStamp(info), bytes: nil, fault: fault)
    }
    return Found(stamp: GuardStamp(info), bytes: Array(bytes[..<count]))
  }

  /// Puts `bytes` at the path: written beside it, synced, and only then given the name. A crash leaves the whole of the
  /// old file or the whole of the new one, and at worst one under the other name, which the next writer takes away.
  /// Call it inside `exclusively`, or where nobody else can be writing.
  func replace(with bytes: [UInt8], exclusive isNew: Bool = false) throws(GuardError) {
    let temporary = path + ".new"
    unsafe unlink(temporary)
    try write(bytes, to: temporary)
    // link(2), unlike rename(2), fails when the name is taken.
    let done = unsafe isNew ? link(temporary, path) : rename(temporary, path)
    let code = errno
    if isNew || done != 0 { unsafe unlink(temporary) }
    guard done == 0 else { throw code == EEXIST ? .exists(path: path) : error(code) }
  }

  private func write(_ bytes: [UInt8], to temporary: String) throws(GuardError) {
    let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
    guard file >= 0 else { throw error(errno) }
    defer { close(file) }
    let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    // fchmod: the umask may have taken away even the owner's rights. A short write is a disk that has no more room.
    guard written == bytes.count, fchmod(file, 0o600) == 0, fdatasync(file) == 0 else {
      let code = written >= 0 && written < bytes.count ? ENOSPC : errno
      unsafe unlink(temporary)
      throw error(code)
    }
  }

  /// Without it a power cut may take the name back, and the old file with it.
  func syncDirectory() throws(GuardError) {
    let cut = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let directory = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let file = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw error(errno) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw error(errno) }
  }

  /// Runs `body` while nobody else does on the same path, in any process. The lock is one on the file itself, so it leaves
  /// no trace; it counts only where the file is still the one at the path when it was got.
  ///
  /// - Parameter limitMilliseconds: how long another is waited for before it throws `busy`.
  func exclusively<R>(
    limitMilliseconds: Int = lockLimitMilliseconds, _ body: () throws -> R
  ) throws -> R {
    let deadline = ContinuousClock.now + .milliseconds(limitMilliseconds)
    while true {
      let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
      guard file >= 0 else { throw error(errno) }
      defer { close(file) }
      if flock(file, LOCK_EX | LOCK_NB) == 0 {
        if isAtPath(file) { return try body() }
      } else if errno != EWOULDBLOCK, errno != EINTR {
        throw error(errno)
      }
      guard ContinuousClock.now < deadline else { throw GuardError.busy(path: path) }
      usleep(1_000)
    }
  }

  private func isAtPath(_ file: Int32) -> Bool {
    var (held, found) = (stat(), stat())
    guard unsafe fstat(file, &held) == 0, unsafe stat(path, &found) == 0 else { return false }
    return held.st_dev == found.st_dev && held.st_ino == found.st_ino
  }

  private func error(_ code: Int32) -> GuardError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: .noSpace(path: path)
    case EACCES, EPERM, EROFS: .readOnly(path: path)
    default: .failed(path: path, systemError: code)
    }
  }

  static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}

/// Which file stands at the guard's path, and since when: another one whenever it was replaced. About 1 µs.
struct GuardStamp: Equatable {
  private let device: dev_t
  private let inode: ino_t
  private let size: off_t
  private let changed: (Int, Int)

  init(_ info: stat) {
    (device, inode, size) = (info.st_dev, info.st_ino, info.st_size)
    changed = (info.st_ctim.tv_sec, info.st_ctim.tv_nsec)
  }

  /// Where nothing is, or it may not be looked at, one that no file has.
  init(of path: String) {
    var info = stat()
    // Handed over in place, as the ledger's path is.
    if unsafe path.withCString({ unsafe lstat($0, &info) }) != 0 { info = stat() }
    self.init(info)
  }

  static func == (a: GuardStamp, b: GuardStamp) -> Bool {
    a.device == b.device && a.inode == b.inode && a.size == b.size && a.changed == b.changed
  }
}
