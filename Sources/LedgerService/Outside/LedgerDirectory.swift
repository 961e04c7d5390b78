/// Where the files of a ledger lie.
public struct LedgerDirectory: Sendable {
  public let path: String
  /// $KEYLEDGER_ROOT_KEY_FILE where it is set: the root key does better on another volume.
  public let rootKeyPath: String

  public init(path: String, rootKeyPath: String? = nil) {
    self.path = path
    self.rootKeyPath = rootKeyPath ?? path + "/root.key"
  }

  public var ledger: String { path + "/ledger.sqlite" }
  public var vault: String { path + "/vault.sqlite" }
  public var views: String { path + "/views.sqlite" }
}
