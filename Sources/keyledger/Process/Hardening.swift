import CCPU
import Glibc

/// What holds for every command: files for the owner alone, no memory for anybody else, and limits that are told.
enum Hardening {
  static func apply() {
    umask(0o077)
    // A file that may not grow shall be an error that says so, not the end of the process.
    _ = signal(SIGXFSZ, SIG_IGN)
    // Where the kernel refuses, there is nothing a user could do about it, and every command works without.
    _ = keyledger_refuse_dumps()
  }
}
