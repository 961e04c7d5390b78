import Glibc
import KeyLedger

/// A file that is there whole or not at all: written under another name, saved, and only then given its own.
final class NewFile {
  private let path: String
  private let temporary: String
  private var file: Int32

  /// Refuses a name that is taken.
  init(_ path: String) throws(Refusal) {
    self.path = path
    temporary = path + ".new-\(getpid())"
    guard unsafe access(path, F_OK) != 0 else { throw NewFile.taken(path) }
    file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(0o600))
    guard file >= 0 else { throw NewFile.failure("make", path) }
  }

  func write(_ bytes: [UInt8]) throws(Refusal) {
    let reason = Output.write(bytes, to: file)
    if reason != 0 { throw NewFile.failure("write", path, reason) }
  }

  /// The commit point: link(2), unlike rename(2), fails when somebody has taken the name meanwhile.
  func putInPlace() throws(Refusal) {
    guard fsync(file) == 0 else { throw NewFile.failure("save", path) }
    guard unsafe link(temporary, path) == 0 else {
      throw errno == EEXIST ? NewFile.taken(path) : NewFile.failure("make", path)
    }
    discard()
  }

  /// Takes the other name away.
  func discard() {
    guard file >= 0 else { return }
    unsafe unlink(temporary)
    close(file)
    file = -1
  }

  private static func taken(_ path: String) -> Refusal {
    Refusal(
      .alreadyExists, "\(TextWidth.harmless(path)) is there already, and nothing is written over it; name another.")
  }

  private static func failure(_ verb: String, _ path: String, _ reason: Int32 = errno) -> Refusal {
    if reason == ENOSPC || reason == EDQUOT { return Refusal(.noSpace, "The disk is full; make room and try again.") }
    let words = unsafe String(cString: strerror(reason))
    return Refusal(.badUsage, "Cannot \(verb) \(TextWidth.harmless(path)): \(words); name another place.")
  }
}
