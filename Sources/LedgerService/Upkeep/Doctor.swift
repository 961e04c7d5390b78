package import KeyLedger

/// Everything that can be checked of a data directory without changing it, each check with its meaning and its remedy.
///
/// It looks at what is there and takes no lock, so it may be asked of a ledger in use. What costs more than a look at the
/// newest events is left to `verify`.
package struct Doctor {
  /// What one check found.
  package struct Finding: Sendable {
    package let check: String
    /// Why it is looked at, as a sentence.
    package let meaning: String
    package let verdict: Verdict
    package let found: String
    /// What to do about it; nil where nothing need be done.
    package let remedy: String?
  }

  package enum Verdict: String, Sendable, CaseIterable {
    case ok, warning
    /// The ledger is restored or damaged, or commands are refused.
    case failure
    /// The log contradicts its own hashes, or what it has shown.
    case tampering
  }

  /// What a check says of its subject.
  typealias Result = (verdict: Verdict, found: String, remedy: String?)

  let directory: LedgerDirectory
  let clock: any Clock

  package init(_ directory: LedgerDirectory, clock: any Clock = SystemClock()) {
    (self.directory, self.clock) = (directory, clock)
  }

  private struct Check: Sendable {
    let name: String
    let meaning: String
    let run: @Sendable (Doctor) throws -> Result
  }

  /// The one table of checks, in the order in which they are shown.
  private static let checks = [
    Check(name: "sqlite", meaning: "The library must be one that this program was tried with.") { $0.library() },
    Check(name: "file system", meaning: "Locks and syncs must mean what they say, so none across a network.") {
      $0.fileSystem()
    },
    Check(name: "space", meaning: "A full disk refuses every change.") { $0.space() },
    Check(name: "modes", meaning: "The permissions of the directory are the lock of the command line.") { $0.modes() },
    Check(name: "ledger", meaning: "The log must open: its format, its schema and its head.") { try $0.ledger() },
    Check(name: "log", meaning: "The newest events must hash to the tree that the head names.") {
      try $0.newestEvents()
    },
    Check(name: "guard", meaning: "The log must hold what anyone was shown of it, else it may be an old one.") {
      try $0.rollbackGuard()
    },
    Check(name: "clock", meaning: "A clock behind the log leaves rotations with grace now alone.") { try $0.time() },
    Check(name: "root key", meaning: "Without it no secret and no name of a user can be read.") { try $0.rootKey() },
    Check(name: "vault", meaning: "It must hold what the log says, and nothing that has ended.") { try $0.vault() },
    Check(name: "views", meaning: "They find keys; the log decides. They follow it, and can be built again.") {
      try $0.views()
    },
    Check(name: "write-ahead logs", meaning: "One that only grows is held by a process that reads for too long.") {
      $0.writeAheadLogs()
    },
  ]

  /// Every check, whatever the others found. Throws when there is no ledger to look at.
  package func findings() throws(Refusal) -> [Finding] {
    guard LedgerDirectory.mode(of: directory.ledger) != nil else {
      try directory.checkPresence()
      return []
    }
    return Doctor.checks.map { check in
      let result = result(of: check)
      return Finding(
        check: check.name, meaning: check.meaning, verdict: result.verdict, found: result.found, remedy: result.remedy)
    }
  }

  private func result(of check: Check) -> Result {
    do {
      return try check.run(self)
    } catch {
      // Refusals say what to do.
      return (.failure, Refusal(translating: error).message, nil)
    }
  }
}
