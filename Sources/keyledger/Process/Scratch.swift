import Glibc
import KeyLedger

/// A directory of our own for a moment.
struct Scratch {
  let path: String

  init() throws(Refusal) {
    let parent = try RawArguments.variable("TMPDIR") ?? "/tmp"
    var template = Array((parent + "/keyledger.XXXXXX").utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw Refusal(.noSpace, "No directory can be made in \(parent): \(unsafe String(cString: strerror(errno))).")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// With all that is in it.
  func remove() { Scratch.remove(path) }

  private static func remove(_ path: String) {
    if let directory = unsafe opendir(path) {
      while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
        if name != ".", name != ".." { remove(path + "/" + name) }
      }
      unsafe closedir(directory)
    }
    _ = unsafe Glibc.remove(path)
  }
}
