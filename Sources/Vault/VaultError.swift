package import SQLite

/// Why the vault or its root key could not do as asked, and what to do next. Holds no secret.
package enum VaultError: Error, Sendable {
  /// There is no root key at the path.
  case rootKeyMissing(path: String)
  /// There is none at the path that a new one was to be read from.
  case newRootKeyMissing(path: String)
  /// Others than the owner may read or write the root key.
  case rootKeyMode(path: String, mode: UInt32)
  /// Not a regular file of 64 lower-case hex digits.
  case rootKeyMalformed(path: String)
  /// A file is already where a new root key should go.
  case rootKeyExists(path: String)
  /// The system refused to read, write or replace the root key.
  case rootKeyFile(path: String, systemError: Int32)
  /// The vault's current root is not the one in hand: a rotation was cut off, or one of the two files is from another
  /// time.
  case rootMismatch(current: String, inHand: String, rootKeyPath: String)

  /// There is no vault at the path.
  case vaultMissing(path: String)
  /// A vault is already where a new one should go.
  case vaultExists(path: String)
  /// Others than the owner may read or write the vault.
  case vaultMode(path: String, mode: UInt32)
  /// The file is not the vault that this program makes.
  case vaultDamaged(path: String, reason: String)
  /// A newer program wrote the vault.
  case vaultNewer(path: String, found: Int64, known: Int64)

  /// The content is longer than a row takes.
  case contentTooLong(count: Int, limit: Int)
  /// A row of this name is there and shorter than the new content. Rows keep their length, so that no copy stays.
  case rowTooShort(owner: String, kind: String)
  /// Rows are put inside a transaction only; SQLite may have ended it on an earlier error.
  case noTransaction
  /// The source of randomness gave no bytes, or not as many as asked for.
  case randomness
  /// SQLite failed.
  case storage(SQLiteError)
}

extension VaultError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .rootKeyMissing(let path):
      "there is no root key at \(path): put it back, or name its place in KEYLEDGER_ROOT_KEY_FILE"
    case .newRootKeyMissing(let path):
      "there is no new root key at \(path): make one by (umask 077; openssl rand -hex 32 > FILE), and name that"
    case .rootKeyMode(let path, let mode):
      "the root key \(path) has mode \(Self.octal(mode)): run chmod 600 on it, and rotate it if others could read it"
    case .rootKeyMalformed(let path):
      "the root key \(path) is not a regular file of 64 lower-case hex digits: put the right file there"
    case .rootKeyExists(let path):
      "there is a file at \(path) already, and a root key is never overwritten: choose another place"
    case .rootKeyFile(let path, let systemError):
      "the root key \(path) could not be read or written (errno \(systemError))"
    case .rootMismatch(let current, let inHand, let path):
      """
      the vault's current root key is \(current), the one at \(path) is \(inHand). If a root rotation is unfinished, run \
      `keyledger vault rotate-root --new FILE` again with the same file; else put the root key \(current) back
      """
    case .vaultMissing(let path):
      "there is no vault at \(path): put it back from a backup"
    case .vaultExists(let path):
      "there is a vault at \(path) already, and it is never overwritten"
    case .vaultMode(let path, let mode):
      "the vault \(path) has mode \(Self.octal(mode)): run chmod 600 on it"
    case .vaultDamaged(let path, let reason):
      "\(path) is not a vault that can be used: \(reason). Put it back from a backup"
    case .vaultNewer(let path, let found, let known):
      "the vault \(path) has format \(found) and this program knows up to \(known): use the newer program"
    case .contentTooLong(let count, let limit):
      "the content has \(count) bytes, a row takes \(limit)"
    case .rowTooShort(let owner, let kind):
      "the row \(kind) of \(owner) is there and too short for the new content: run `keyledger vault sweep`, then retry"
    case .noTransaction:
      "no vault transaction is open: begin again"
    case .randomness:
      "the system gave no random bytes: try again"
    case .storage(let error):
      Self.describe(error)
    }
  }

  private static func describe(_ error: SQLiteError) -> String {
    let next =
      if error.isBusy {
        "another process holds it: try again"
      } else if error.isFull {
        "the disk is full: make room, then try again"
      } else if error.isCorrupt {
        "the file is damaged: put it back from a backup"
      } else {
        "look at the disk and the file's permissions"
      }
    return "the vault failed (\(error)); \(next)"
  }

  private static func octal(_ mode: UInt32) -> String {
    "0" + String(mode & 0o7777, radix: 8)
  }
}
