package import EventLog
package import KeyLedger
import Projections
import SQLite
package import Transparency
import Vault

/// What `verify` does: design §3.
package struct LedgerExamination: Sendable {
  /// What an auditor kept; nil to compare with nothing outside.
  private let kept: Checkpoint?
  private let clock: any Clock
  private let progress: Progress

  /// Called by any thread, with what is done and all there is; 0 when nobody knows how much that is.
  package typealias Progress = @Sendable (_ done: UInt64, _ total: UInt64) -> Void

  package struct Report: Sendable {
    package fileprivate(set) var log: LogReport
    package let comparedWith: Checkpoint?
    /// What was not looked at, and what is no damage but wants to be known. Sentences.
    package fileprivate(set) var notes: [String] = []
  }

  package init(kept: Checkpoint?, clock: any Clock = SystemClock(), progress: @escaping Progress) {
    self.kept = kept
    self.clock = clock
    self.progress = progress
  }

  /// The log of a data directory, and unless `logOnly` what was made of it beside it. Throws a refusal for what can't be
  /// opened or waited for.
  package func ledger(of directory: LedgerDirectory, logOnly: Bool) throws(Refusal) -> Report {
    try directory.checkPresence()
    do {
      let verifier = LedgerVerifier(path: directory.ledger)
      // Read before the log: it is written after a commit, so that a newer log holds an older guard.
      let shown = try verifier.owner().map { directory.rollbackGuard(of: $0).kept() }
      let log = logOnly ? nil : Result { try SQLiteLog(path: directory.ledger, mode: .readOnly) }
      let views = log?.flatMap { log in Result { try ViewsCheck(path: directory.views, log: log) } }
      let verified = try verifier.verify(
        against: checkpoints + LedgerExamination.checkpoints(shown), following: views.flatMap { try? $0.get() },
        progress: progress)
      var report = Report(log: verified, comparedWith: kept, notes: verified.remarks)
      if case .nothing(let found) = shown {
        report.notes.append("Warning: restored: \(found). It verifies no key until you accept it.")
      }
      if let log, let views { try examine(log, views, of: directory, &report) }
      return report
    } catch {
      throw Refusal(translating: error)
    }
  }

  /// An export by itself. `next` gives its lines, nil at the end.
  package func export(_ next: () throws(Refusal) -> LogExport.Line?) throws(Refusal) -> Report {
    var verifier = ExportVerifier(against: checkpoints)
    var done: UInt64 = 0
    while let line = try next() {
      verifier.add(line)
      done += 1
      if done.isMultiple(of: LedgerExamination.linesPerReport) { progress(done, 0) }
    }
    return Report(log: verifier.finish(), comparedWith: kept)
  }

  private static let linesPerReport: UInt64 = 1_000

  private var checkpoints: [KeptCheckpoint] { kept.map { [KeptCheckpoint($0, name: "the checkpoint")] } ?? [] }

  private static func checkpoints(_ shown: RollbackGuard.Kept?) -> [KeptCheckpoint] {
    guard case .checkpoint(let checkpoint) = shown else { return [] }
    return [KeptCheckpoint(checkpoint, name: "the rollback guard")]
  }

  // MARK: Beside the log

  /// - Parameter views: which followed the log while it was verified.
  private func examine(
    _ log: Result<SQLiteLog, any Error>, _ views: Result<ViewsCheck, any Error>, of directory: LedgerDirectory,
    _ report: inout Report
  ) throws {
    guard case .success(let log) = log else {
      // What keeps it from being opened is found already.
      return report.notes.append("Views and vault were not looked at, since the log can't be read as it is.")
    }
    try examine(views, &report)
    try examineVault(directory, log, &report)
  }

  private func examine(_ views: Result<ViewsCheck, any Error>, _ report: inout Report) throws {
    do {
      let check = try views.get()
      report.log.findings.add(try check.finish(root: report.log.followedRoot))
      if let position = check.position, position < report.log.size {
        report.notes.append("The views go to event \(position); the next question brings them to the end.")
      }
    } catch ViewsError.absent {
      report.notes.append("There are no views to compare; the next question builds them.")
    } catch ViewsError.readOnly {
      report.notes.append("The views were not compared: where nothing can be written they do not open; verify a copy.")
    } catch ViewsError.noSpace {
      report.notes.append("The views were not compared: on a full disk they do not open; make room, or verify a copy.")
    } catch let error as LogError where !report.log.isWhole {
      report.notes.append("The views were not compared to the end, since the log can't be read to it: \(error)")
    }
  }

  private func examineVault(_ directory: LedgerDirectory, _ log: SQLiteLog, _ report: inout Report) throws {
    do {
      let vault = try Vault(
        path: directory.vault, rootKeyPath: directory.rootKeyPath, ledger: log.ledger.description, mode: .readOnly,
        random: { _ in throw VaultError.randomness })
      defer { vault.close() }
      let check = try VaultCheck(vault, log: log, now: clock.now())
      report.log.findings.add(check.findings)
      report.notes += check.notes
    } catch VaultError.vaultMissing {
      report.notes.append("There is no vault to look at: secrets and names are lost, the log is not.")
    } catch VaultError.vaultDamaged(_, let reason) {
      report.log.findings.add(nil, "the vault is damaged: \(reason)")
    } catch VaultError.storage(let error) where error.isCorrupt {
      report.log.findings.add(nil, "the vault is damaged: \(error.message)")
    } catch let error as VaultError {
      report.notes.append("The vault was not looked at: \(error).")
    } catch let error as LogError where !report.log.isWhole {
      report.notes.append("The vault was not judged, since the log can't be read: \(error)")
    }
  }
}
