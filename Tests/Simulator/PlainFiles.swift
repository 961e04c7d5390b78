import Glibc

/// The files that are not SQLite's, and whole directories. Never used on a database that is open.
enum PlainFiles {
  /// The bytes of each file of a directory in which no database is open, by name.
  static func read(_ directory: String) -> [String: [UInt8]] { read(directory) { _ in true } }

  /// The bytes of each file that is no database, by name.
  static func readOthers(_ directory: String) -> [String: [UInt8]] { read(directory) { !$0.contains(".sqlite") } }

  private static func read(_ directory: String, _ isWanted: (String) -> Bool) -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in names(directory) where isWanted(name) { files[name] = bytes(directory + "/" + name) }
    return files
  }

  static func make(_ directory: String) throws {
    guard unsafe mkdir(directory, 0o700) == 0 else { throw Fault("cannot make \(directory): errno \(errno)") }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw Fault("cannot write \(path): errno \(errno)") }
    defer { Glibc.close(descriptor) }
    guard unsafe bytes.withUnsafeBytes({ unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }) == bytes.count
    else {
      throw Fault("cannot write \(path): errno \(errno)")
    }
  }

  /// A directory with its files; it holds no other directory.
  static func remove(_ directory: String) {
    for name in names(directory) { unsafe unlink(directory + "/" + name) }
    unsafe rmdir(directory)
  }

  private static func names(_ directory: String) -> [String] {
    guard let stream = unsafe opendir(directory) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  private static func bytes(_ path: String) -> [UInt8] {
    let descriptor = unsafe Glibc.open(path, O_RDONLY)
    guard descriptor >= 0 else { return [] }
    defer { Glibc.close(descriptor) }
    var content: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return content }
      content += piece.prefix(count)
    }
  }
}
