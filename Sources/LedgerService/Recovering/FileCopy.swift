import Glibc
import KeyLedger

/// Copies of files of a ledger that nobody serves. Read with plain calls, not through SQLite, and only before this
/// process has any of them open: to close a descriptor drops its locks.
enum FileCopy {
  private static let chunkBytes = 1 << 20
  /// What is given up of a disk that can't be read somewhere.
  private static let sectorBytes = 4_096

  /// A new file of mode 0600 with the bytes of another; what the disk can't read stands there as zeros. False when there
  /// is no such file.
  static func copy(_ source: String, to target: String) throws(Refusal) -> Bool {
    let input = unsafe open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard input >= 0 else {
      if errno == ENOENT { return false }
      throw NewDirectory.failure("read", source)
    }
    defer { close(input) }
    var info = stat()
    guard unsafe fstat(input, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw Refusal(.damaged, "\(source) is no file.")
    }
    let output = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(0o600))
    guard output >= 0 else { throw NewDirectory.failure("make", target) }
    defer { close(output) }
    let size = Int(info.st_size)
    for start in stride(from: 0, to: size, by: chunkBytes) {
      try write(chunk(input, start, min(chunkBytes, size - start)), to: output, target)
    }
    return true
  }

  /// A new file of mode 0600, synced.
  static func make(_ path: String, _ bytes: [UInt8]) throws(Refusal) {
    let output = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(0o600))
    guard output >= 0 else { throw NewDirectory.failure("make", path) }
    defer { close(output) }
    try write(bytes, to: output, path)
    guard fsync(output) == 0 else { throw NewDirectory.failure("save", path) }
  }

  private static func chunk(_ file: Int32, _ start: Int, _ count: Int) -> [UInt8] {
    if let bytes = read(file, start, count) { return bytes }
    return stride(from: 0, to: count, by: sectorBytes).flatMap { offset in
      let part = min(sectorBytes, count - offset)
      return read(file, start + offset, part) ?? [UInt8](repeating: 0, count: part)
    }
  }

  /// Nil when not all of it can be read.
  private static func read(_ file: Int32, _ start: Int, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress, count, off_t(start)) }
    return got == count ? bytes : nil
  }

  private static func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws(Refusal) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
      guard written > 0 || errno == EINTR else { throw NewDirectory.failure("write", path) }
      rest = rest.dropFirst(max(0, written))
    }
  }
}
