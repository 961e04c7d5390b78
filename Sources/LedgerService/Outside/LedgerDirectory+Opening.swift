import Cryptography
import EventLog
import Glibc
import KeyLedger
import Vault

extension LedgerDirectory {
  /// Refuses a place where no ledger is, and says how to make one.
  func checkPresence() throws(Refusal) {
    guard LedgerDirectory.mode(of: ledger) != nil else {
      throw Refusal(
        .damaged, "There is no ledger at \(path); make one with `keyledger init`, or name its place with --data.")
    }
  }

  /// Refuses a directory or a file in it that others may look into: its permissions are the lock of this door.
  func checkModes() throws(Refusal) {
    try checkPresence()
    guard let directory = LedgerDirectory.mode(of: path) else { return }
    try check(directory, of: path, atMost: 0o700)
    for file in [ledger, vault, views, journal, indexCache, shownPath] {
      if let mode = LedgerDirectory.mode(of: file) { try check(mode, of: file, atMost: 0o600) }
    }
  }

  private func check(_ mode: mode_t, of file: String, atMost allowed: mode_t) throws(Refusal) {
    guard mode & 0o777 & ~allowed != 0 else { return }
    let octal = String(mode & 0o777, radix: 8)
    throw Refusal(
      .damaged,
      "\(file) has mode \(octal), so others may look into it: run chmod \(String(allowed, radix: 8)) on it, then repeat."
    )
  }

  /// Nil when nothing is there, or it may not be looked at.
  static func mode(of path: String) -> mode_t? {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else { return nil }
    return info.st_mode
  }

  private static func isAbsentOrEmpty(_ path: String) -> Bool {
    var info = stat()
    return unsafe stat(path, &info) != 0 || info.st_size == 0
  }

  /// The vault, for writing. One that was lost, or whose making was cut off, is begun anew: it costs reveals, signing
  /// secrets and names, nothing else.
  func openVault(of log: any EventLog, randomness: any Randomness) throws -> Vault {
    if let vault = try vaultIfMade(log.ledger, randomness) { return vault }
    // Under the log's lock, so that of several who find none one makes it.
    try log.write { _ in try makeVaultUnlessThere(randomness) }
    return try openVault(of: log.ledger, randomness: randomness)
  }

  func openVault(of ledger: LedgerID, randomness: any Randomness) throws(VaultError) -> Vault {
    try Vault(path: vault, rootKeyPath: rootKeyPath, ledger: ledger.description, random: { randomness.bytes($0) })
  }

  private func vaultIfMade(_ ledger: LedgerID, _ randomness: any Randomness) throws(VaultError) -> Vault? {
    do {
      return try openVault(of: ledger, randomness: randomness)
    } catch .vaultMissing, .vaultDamaged {
      // The making of a damaged one may have been cut off.
      return nil
    }
  }

  private func makeVaultUnlessThere(_ randomness: any Randomness) throws {
    // Before a root key is made: one must never stand where the key of a vault that is only damaged belongs.
    guard LedgerDirectory.isAbsentOrEmpty(vault) else { return }
    do {
      try makeVault(randomness)
    } catch .vaultExists {
      // It was made meanwhile, or it is damaged in earnest: opening it says which.
    }
  }

  /// A new vault, under the root key that is there, or a new one.
  func makeVault(_ randomness: any Randomness) throws(VaultError) {
    try Vault.create(path: vault, rootKey: try rootKey(randomness))
  }

  private func rootKey(_ randomness: any Randomness) throws(VaultError) -> SecretBytes {
    do {
      return try RootKey.read(rootKeyPath)
    } catch .rootKeyMissing {
      let key = try RootKey.generate { randomness.bytes($0) }
      try RootKey.write(key, to: rootKeyPath)
      return key
    }
  }
}
