import Glibc

/// What a disk can do at best: the same bytes written into a file that has its blocks already, and synced.
final class RawLoop {
  private let descriptor: Int32
  private let bytes: [UInt8]
  private var offset = 0

  private static let fileBytes = 64 << 20

  init(path: String, bytesEach count: Int) throws {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure("cannot make \(path)") }
    bytes = [UInt8](repeating: 0x5a, count: count)
    // Written, not only allocated: the first write to an allocated block would change the file's metadata as well.
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<RawLoop.fileBytes >> 20 {
      guard unsafe write(descriptor, zeros, zeros.count) == zeros.count else { throw Failure("cannot fill \(path)") }
    }
    guard fsync(descriptor) == 0 else { throw Failure("cannot sync \(path)") }
  }

  deinit { close(descriptor) }

  /// Commits a second, over that many seconds.
  func rate(_ duration: Double) throws -> Double {
    let start = seconds()
    var count = 0
    while seconds() - start < duration {
      if offset + bytes.count > RawLoop.fileBytes { offset = 0 }
      guard unsafe pwrite(descriptor, bytes, bytes.count, offset) == bytes.count, fdatasync(descriptor) == 0 else {
        throw Failure("cannot write")
      }
      offset += bytes.count
      count += 1
    }
    return Double(count) / (seconds() - start)
  }
}

/// Why a measurement could not be made.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
