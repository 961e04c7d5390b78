import Cryptography
import Glibc

/// The file of a root key, as the operating system sees it.
enum RootKeyFile {
  /// More than a root key has: a longer file is malformed.
  private static let byteLimit = 128

  /// The bytes of the file, at most `byteLimit`. The caller wipes them.
  static func contents(_ path: String) throws(VaultError) -> [UInt8] {
    // Not blocking, so that a named pipe in the file's place cannot hold us.
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      let code = errno
      throw code == ENOENT ? .rootKeyMissing(path: path) : .rootKeyFile(path: path, systemError: code)
    }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else { throw .rootKeyFile(path: path, systemError: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .rootKeyMalformed(path: path) }
    guard status.st_mode & 0o177 == 0 else { throw .rootKeyMode(path: path, mode: status.st_mode) }

    var bytes = [UInt8](repeating: 0, count: byteLimit)
    defer { wipe(&bytes) }
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
    guard count >= 0 else { throw .rootKeyFile(path: path, systemError: errno) }
    return Array(bytes[..<count])
  }

  /// Puts `bytes` at `path`: written beside it, synced, and only then given the name.
  static func install(_ bytes: [UInt8], at path: String, replacing: Bool) throws(VaultError) {
    // No name that somebody may give the new key's own file. What a crash left there was never in use.
    let temporary = path + ".installing"
    unsafe unlink(temporary)
    try write(bytes, to: temporary)
    // Held open across the rename: afterwards the old key's bytes can be reached by no name.
    let old = replacing ? unsafe open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK) : -1
    defer { if old >= 0 { close(old) } }

    // link(2), unlike rename(2), fails when the name is taken.
    let done = unsafe replacing ? rename(temporary, path) : link(temporary, path)
    let code = errno
    if !replacing || done != 0 { unsafe unlink(temporary) }
    guard done == 0 else {
      throw code == EEXIST ? .rootKeyExists(path: path) : .rootKeyFile(path: path, systemError: code)
    }
    try syncDirectory(of: path)
    if old >= 0 { zero(old) }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(VaultError) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
    guard file >= 0 else { throw .rootKeyFile(path: path, systemError: errno) }
    defer { close(file) }
    let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    // fchmod: the umask may have taken away even the owner's rights.
    guard written == bytes.count, fchmod(file, 0o600) == 0, fsync(file) == 0 else {
      let code = errno
      unsafe unlink(path)
      throw .rootKeyFile(path: path, systemError: code)
    }
  }

  /// Without it a power cut may take the name back.
  private static func syncDirectory(of path: String) throws(VaultError) {
    let cut = path.utf8.lastIndex(of: 0x2f)
    let directory = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let file = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw .rootKeyFile(path: directory, systemError: errno) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw .rootKeyFile(path: directory, systemError: errno) }
  }

  /// Overwrites a replaced key. A file system that copies on write keeps the bytes all the same, so that nothing rests on
  /// this: a failure is none of the caller's concern.
  private static func zero(_ file: Int32) {
    var status = stat()
    guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
    let zeros = [UInt8](repeating: 0, count: min(Int(status.st_size), byteLimit))
    _ = unsafe zeros.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    fsync(file)
  }
}
