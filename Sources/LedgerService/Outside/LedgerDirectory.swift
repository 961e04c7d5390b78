package import EventLog
package import KeyLedger

/// Where the files of a ledger lie.
public struct LedgerDirectory: Sendable {
  public let path: String
  /// $KEYLEDGER_ROOT_KEY_FILE where it is set: the root key does better on another volume.
  public let rootKeyPath: String
  /// The rollback guard. $KEYLEDGER_SHOWN where it is set: on another volume it is not restored with the ledger.
  public let shownPath: String

  public init(path: String, rootKeyPath: String? = nil, shownPath: String? = nil) {
    // Without the slashes behind it, since names beside the directory are made from its own.
    var bytes = path.utf8[...]
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    self.path = String(Substring(bytes))
    self.rootKeyPath = rootKeyPath ?? self.path + "/root.key"
    self.shownPath = shownPath ?? self.path + "/shown"
  }

  public var ledger: String { path + "/ledger.sqlite" }
  public var vault: String { path + "/vault.sqlite" }
  public var views: String { path + "/views.sqlite" }
  public var journal: String { path + "/journal.sqlite" }
  /// What `serve` verifies by, kept for the next start.
  public var indexCache: String { path + "/index.cache" }

  /// The rollback guard of the ledger of that id.
  package func rollbackGuard(of ledger: LedgerID) -> RollbackGuard { RollbackGuard(path: shownPath, ledger: ledger) }
}
