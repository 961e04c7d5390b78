import Glibc
import Synchronization

/// The two ways out: results on standard output, everything else on standard error.
enum Output {
  private static let followsChanges = Atomic<Bool>(false)

  /// From here on an answer that can't be written is one about a change that stays.
  static func announceChanges() { followsChanges.store(true, ordering: .relaxed) }

  /// All of it, at once. An answer that can't be written ends the process: whoever waits for it must not take the
  /// command for done and told.
  static func result(_ bytes: [UInt8]) {
    let failure = write(bytes, to: STDOUT_FILENO)
    if failure != 0 {
      let reason = unsafe String(cString: strerror(failure))
      let stays = followsChanges.load(ordering: .relaxed) ? " What the command changed stays changed." : ""
      remark("keyledger: The answer can't be written (\(reason)).\(stays)")
      exit(ExitCode.unusable.rawValue)
    }
  }

  static func result(_ lines: [String]) { result(lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }) }

  /// A line for whoever looks on. Nothing can be done when it can't be written.
  static func remark(_ line: String) { _ = write(Array((line + "\n").utf8), to: STDERR_FILENO) }

  /// For whoever looks on, without a line end: a prompt, a progress bar.
  static func aside(_ text: String) { _ = write(Array(text.utf8), to: STDERR_FILENO) }

  /// Writes all of it. The errno of what stopped it, or 0.
  static func write(_ bytes: [UInt8], to file: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
