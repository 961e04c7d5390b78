import Cryptography
public import KeyLedger
import SQLite
import Vault

/// The vault as reads see it: opened when the first row is wanted. When it or the root key can't be had, no row is to be
/// seen and the read goes on, to say at its end what was the matter. Never writes.
final class SealedRows {
  private let directory: LedgerDirectory
  private let ledger: LedgerID
  private var vault: Vault?
  /// Why no row can be seen now; nil when none was wanted, or the vault is open.
  private(set) var problem: VaultProblem?

  init(_ directory: LedgerDirectory, ledger: LedgerID) {
    self.directory = directory
    self.ledger = ledger
  }

  /// What a row holds; nil when it is lost, or as long as there is a `problem`. Whether it is what the log says is for the
  /// caller to see.
  func content(owner: String, kind: String) -> SecretBytes? {
    guard let vault = opened() else { return nil }
    do {
      return try vault.open(owner: owner, kind: kind)
    } catch {
      problem = VaultProblem(refusal: Refusal(translating: error), isLoose: false)
      return nil
    }
  }

  /// Forgets that the vault could not be opened, so that the next question tries again.
  func retry() { problem = nil }

  private func opened() -> Vault? {
    if let vault { return vault }
    guard problem == nil else { return nil }
    do {
      try directory.checkModes()
    } catch {
      problem = VaultProblem(refusal: error, isLoose: true)
      return nil
    }
    do {
      // Reading draws no randomness.
      vault = try Vault(
        path: directory.vault, rootKeyPath: directory.rootKeyPath, ledger: ledger.description, mode: .readOnly,
        random: { _ in throw VaultError.randomness })
    } catch {
      problem = VaultProblem(refusal: Refusal(translating: error), isLoose: error.isLooseMode)
    }
    return vault
  }
}

/// Why a read could see no name.
public struct VaultProblem: Sendable {
  public let refusal: Refusal
  /// Others may look into the files: then whatever opens the vault is refused.
  public let isLoose: Bool
}

extension VaultError {
  fileprivate var isLooseMode: Bool {
    switch self {
    case .rootKeyMode, .vaultMode: true
    default: false
    }
  }
}
