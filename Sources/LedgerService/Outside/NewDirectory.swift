import Glibc
import KeyLedger

/// Called by any thread, with what is done and all there is, of the step that is named.
package typealias StepProgress = @Sendable (_ step: String, _ done: Int, _ total: Int) -> Void

/// A data directory in the making: built under another name and renamed last, so no crash leaves half of one.
struct NewDirectory {
  let target: LedgerDirectory
  /// Where its files are made.
  let building: LedgerDirectory
  private let option: String

  /// - Parameters:
  ///   - purpose: a word in the name under which it is built.
  ///   - option: what another place is named by.
  init(_ target: LedgerDirectory, for purpose: String, option: String, _ randomness: any Randomness) {
    self.target = target
    self.option = option
    let path = target.path + ".\(purpose)-" + randomness.bytes(4).map { String($0, radix: 16) }.joined()
    let ownKey = target.rootKeyPath == target.path + "/root.key"
    let ownGuard = target.shownPath == target.path + "/shown"
    building = LedgerDirectory(
      path: path, rootKeyPath: ownKey ? nil : target.rootKeyPath, shownPath: ownGuard ? nil : target.shownPath)
  }

  /// Makes the directory to build in.
  func make() throws(Refusal) {
    guard unsafe mkdir(building.path, 0o700) != 0 else { return }
    guard errno != ENOENT, errno != ENOTDIR else {
      throw Refusal(
        .badUsage,
        "\(NewDirectory.parent(of: target.path)) is no directory; make it, or name another place with \(option).")
    }
    throw NewDirectory.failure("make", building.path)
  }

  /// Refuses a target within the directory that it is made of, where it would go down with it.
  func checkOutside(_ source: LedgerDirectory) throws(Refusal) {
    guard let inside = unsafe realpath(NewDirectory.parent(of: target.path), nil) else { return }
    defer { unsafe free(inside) }
    guard let outside = unsafe realpath(source.path, nil) else { return }
    defer { unsafe free(outside) }
    let (place, ledger) = unsafe (String(cString: inside) + "/", String(cString: outside) + "/")
    guard !place.utf8.starts(with: ledger.utf8) else {
      throw Refusal(.badUsage, "\(target.path) lies in \(source.path); name a place outside it with \(option).")
    }
  }

  /// Refuses a target where something is, but for an empty directory, which it takes away.
  func checkTarget() throws(Refusal) {
    guard let mode = LedgerDirectory.mode(of: target.path) else { return }
    if LedgerDirectory.mode(of: target.ledger) != nil {
      throw Refusal(
        .alreadyExists, "\(target.path) holds a ledger already; use it, or name another place with \(option).")
    }
    // An empty directory may be there already; rename puts the new one in its place.
    guard mode & S_IFMT == S_IFDIR else {
      throw Refusal(.alreadyExists, "\(target.path) is there and no directory; name another place with \(option).")
    }
    guard unsafe rmdir(target.path) != 0 else { return }
    if errno == ENOTEMPTY || errno == EEXIST {
      throw Refusal(.alreadyExists, "\(target.path) is there and not empty; name another place with \(option).")
    }
    // A mount point, for one.
    let reason = unsafe String(cString: strerror(errno))
    throw Refusal(
      .alreadyExists,
      "\(target.path) is there and cannot be replaced (\(reason)); name a place inside it with \(option).")
  }

  /// The commit point: a crash before the rename leaves no ledger, one after it a whole one.
  ///
  /// - Parameter undo: done when it did not come to that.
  func settle(otherwise undo: () -> Void = {}) throws(Refusal) {
    do throws(Refusal) {
      try NewDirectory.sync(building.path)
      guard unsafe rename(building.path, target.path) == 0 else { throw NewDirectory.failure("make", target.path) }
    } catch {
      undo()
      throw error
    }
    try NewDirectory.sync(NewDirectory.parent(of: target.path))
  }

  /// Takes away what was built so far.
  func discard() {
    for name in NewDirectory.names(in: building.path) { unsafe unlink(building.path + "/" + name) }
    unsafe rmdir(building.path)
  }

  private static func names(in directory: String) -> [String] {
    guard let listing = unsafe opendir(directory) else { return [] }
    defer { unsafe closedir(listing) }
    var names: [String] = []
    while let entry = unsafe readdir(listing) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private static func sync(_ directory: String) throws(Refusal) {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", directory) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("save", directory) }
  }

  static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// What `errno` says of a step that failed.
  static func failure(_ verb: String, _ path: String) -> Refusal {
    let reason = errno
    if reason == ENOSPC || reason == EDQUOT { return Refusal(.noSpace, "The disk is full; make room and try again.") }
    let words = unsafe String(cString: strerror(reason))
    return Refusal(.damaged, "Cannot \(verb) \(path) (\(words)); check the permissions of the directory it lies in.")
  }
}
