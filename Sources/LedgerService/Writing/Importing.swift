package import EventLog
import KeyLedger
package import Transparency
import Vault

/// Makes a data directory of an export: its log, verified as it is read, with a fresh vault that holds nothing.
///
/// What is made has shown nothing to anyone, so it is in the state `restored`.
package struct Importer {
  private let new: NewDirectory
  private let randomness: any Randomness

  package init(into directory: LedgerDirectory, randomness: any Randomness = SystemRandomness()) {
    new = NewDirectory(directory, for: "importing", option: "--data", randomness)
    self.randomness = randomness
  }

  /// Built under another name and renamed last: whatever goes wrong, no half of it is there. Throws a refusal, and what
  /// `next` throws. The parameters are those of `LogImport`.
  package func run(
    kept: Checkpoint?, progress: (UInt64) -> Void, next: () throws -> LogExport.Line?
  ) throws -> LogImport.Outcome {
    do {
      try new.checkTarget()
      try new.make()
      do {
        let outcome = try LogImport.make(path: new.building.ledger, kept: kept, progress: progress, next: next)
        try new.building.makeVault(randomness)
        try new.settle()
        return outcome
      } catch {
        new.discard()
        throw error
      }
    } catch let error as LogError {
      throw Refusal(translating: error)
    } catch let error as VaultError {
      throw Refusal(translating: error)
    } catch let fault as LogImport.Fault {
      throw Importer.refusal(fault)
    }
  }

  private static func refusal(_ fault: LogImport.Fault) -> Refusal {
    switch fault {
    case .empty: Refusal(.damaged, "The file holds no event, so nothing was made; name an export.")
    case .line(let number, let reason):
      Refusal(
        .damaged,
        "Line \(number) is not the record that belongs there: \(reason). Nothing was made; `keyledger verify --export FILE` "
          + "names all that is wrong, and another copy may be whole.")
    case .otherLog(let how):
      Refusal(
        .damaged,
        "It is not the log that the checkpoint was taken of: \(how). Nothing was made; look for the file or the checkpoint "
          + "that belong together.")
    }
  }
}
