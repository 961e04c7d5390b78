import Cryptography
import KeyLedger
import Vault

/// The vault's side of a batch: begun when the first row is wanted, committed before the ledger. A rehearsal writes none.
final class VaultTransaction {
  private let vault: Vault
  private let isRehearsal: Bool
  private var isBegun = false
  /// From here on there may be rows of which no event speaks, should the ledger not commit.
  private(set) var isCommitted = false

  init(_ vault: Vault, isRehearsal: Bool = false) {
    self.vault = vault
    self.isRehearsal = isRehearsal
  }

  func put(_ owner: String, _ kind: String, _ secret: SecretBytes) throws {
    guard try begin() else { return }
    try secret.withBytes { try vault.put(owner: owner, kind: kind, content: $0) }
  }

  /// Notes it before the ledger commits, so that whoever comes after a crash finishes what the event began.
  func schedule(_ ending: Ending) throws {
    guard try begin() else { return }
    try vault.schedule(owner: ending.owner, kind: ending.kind, at: (ending.at ?? Ending.atOnce).milliseconds)
  }

  func commit() throws {
    guard isBegun else { return }
    try vault.commit()
    isBegun = false
    isCommitted = true
  }

  func rollback() {
    guard isBegun else { return }
    vault.rollback()
    isBegun = false
  }

  private func begin() throws -> Bool {
    guard !isRehearsal else { return false }
    if !isBegun { try vault.begin() }
    isBegun = true
    return true
  }
}
