import CCPU
import Glibc

/// What holds for every command: files for the owner alone, and no memory for anybody else.
enum Hardening {
  static func apply() {
    umask(0o077)
    // Where the kernel refuses, there is nothing a user could do about it, and every command works without.
    _ = keyledger_refuse_dumps()
  }
}
