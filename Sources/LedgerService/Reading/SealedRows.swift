import Cryptography
import KeyLedger
import SQLite
import Vault

/// The vault as reads see it: opened when the first row is wanted, and when it or the root key can't be had, every row
/// is lost and the read goes on. Never writes.
final class SealedRows {
  private let directory: LedgerDirectory
  private let ledger: LedgerID
  private var vault: Vault?
  private var isUnavailable = false

  init(_ directory: LedgerDirectory, ledger: LedgerID) {
    self.directory = directory
    self.ledger = ledger
  }

  /// What a row holds; nil when it is lost. Whether it is what the log says is for the caller to see.
  func content(owner: String, kind: String) -> SecretBytes? {
    guard let vault = opened() else { return nil }
    return try? vault.open(owner: owner, kind: kind)
  }

  /// Forgets that the vault could not be opened, so that the next question tries again.
  func retry() { isUnavailable = false }

  private func opened() -> Vault? {
    if let vault { return vault }
    guard !isUnavailable else { return nil }
    // Reading draws no randomness.
    vault = try? Vault(
      path: directory.vault, rootKeyPath: directory.rootKeyPath, ledger: ledger.description, mode: .readOnly,
      random: { _ in throw VaultError.randomness })
    isUnavailable = vault == nil
    return vault
  }
}
