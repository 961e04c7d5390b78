package import EventLog
package import KeyLedger
import SQLite
import Transparency
import Vault

/// A consistent copy of a ledger and its vault in a new directory, made while others go on using them.
///
/// It holds neither the root key nor the rollback guard: who gets hold of it reads no secret, and opened as a ledger it
/// counts as restored, because it lacks what happened since.
package struct Backup {
  package struct Report: Sendable {
    package let ledger: LedgerID
    package let head: LogHead
    package let vault: Vault
    /// What the verification of the copy came to. A copy of a ledger that is not whole is kept.
    package let verification: LogReport

    package enum Vault: Sendable {
      /// So many secrets and names are sealed in it.
      case rows(Int)
      case absent
      /// It was copied as it is.
      case unreadable(Refusal)
    }
  }

  private let source: LedgerDirectory
  private let place: NewDirectory
  private let randomness: any Randomness

  package init(of source: LedgerDirectory, to path: String, randomness: any Randomness = SystemRandomness()) {
    self.source = source
    self.randomness = randomness
    place = NewDirectory(
      LedgerDirectory(path: path, rootKeyPath: source.rootKeyPath), for: "backing-up", option: "DIR", randomness)
  }

  /// - Parameter progress: what is done and all there is, of the step that is named.
  package func run(progress: @escaping StepProgress = { _, _, _ in }) throws(Refusal) -> Report {
    do {
      try source.checkModes()
      try place.checkOutside(source)
      let states = try takeStates()
      try place.checkTarget()
      try place.make()
      do {
        try states.ledger.copy(to: place.building.ledger) { progress("Copying the ledger", $0, $1) }
        try states.vault?.copy(to: place.building.vault) { progress("Copying the vault", $0, $1) }
        let report = try examine(states, progress)
        try place.settle()
        return report
      } catch {
        place.discard()
        throw error
      }
    } catch {
      throw Refusal(translating: error)
    }
  }

  private struct States {
    let id: LedgerID
    let head: LogHead
    let ledger: DatabaseSnapshot
    let vault: DatabaseSnapshot?
  }

  /// Both are of one moment: taken under the log's write lock, without which nobody changes the vault either. One after
  /// the other, the ledger would have to come first: a row of an event that is not in the copy is an orphan and swept, an
  /// event without its row has lost a secret.
  private func takeStates() throws -> States {
    let log = try SQLiteLog(path: source.ledger, mode: .readWrite)
    return try log.rehearse { log in
      let hasVault = LedgerDirectory.mode(of: source.vault) != nil
      return States(
        id: log.ledger, head: try log.head(), ledger: try DatabaseSnapshot(of: source.ledger),
        vault: hasVault ? try DatabaseSnapshot(of: source.vault) : nil)
    }
  }

  /// Opens what was written, as whoever will need it would.
  private func examine(_ states: States, _ progress: @escaping StepProgress) throws -> Report {
    // To write, as a log that only reads leaves the files of its write-ahead log behind.
    let log = try SQLiteLog(path: place.building.ledger, mode: .readWrite)
    guard log.ledger == states.id, try log.read({ try $0.head() }) == states.head else {
      throw LogError.damaged("the copy is not what was copied; try again, and look at the disk")
    }
    let verification = try LedgerVerifier(path: place.building.ledger).verify {
      progress("Verifying the copy", Int(clamping: $0), Int(clamping: $1))
    }
    return Report(
      ledger: states.id, head: states.head, vault: try examineVault(states), verification: verification)
  }

  private func examineVault(_ states: States) throws -> Report.Vault {
    guard states.vault != nil else { return .absent }
    do throws(VaultError) {
      let vault = try place.building.openVault(of: states.id, randomness: randomness)
      defer { vault.close() }
      return .rows(try vault.liveCount())
    } catch {
      return .unreadable(Refusal(translating: error))
    }
  }
}
