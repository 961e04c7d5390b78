import Cryptography
import Foundation
import SQLite
import Testing
import Vault

@Suite struct OpeningTests {
  let directory: DataDirectory

  init() throws { directory = try DataDirectory() }

  @Test func `a vault is made for its owner alone and not made twice`() throws {
    let attributes = try FileManager.default.attributesOfItem(atPath: directory.path("vault.sqlite"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let root = try RootKey.read(directory.path("root.key"))
    let again = vaultError { try Vault.create(path: directory.path("vault.sqlite"), rootKey: root) }
    guard case .vaultExists = again else {
      Issue.record("\(String(describing: again))")
      return
    }
  }

  @Test(arguments: [0o640, 0o604, 0o644, 0o666])
  func `a vault or a root key that others may read is refused`(mode: Int) throws {
    try directory.chmod("vault.sqlite", mode)
    guard case .vaultMode = vaultError({ _ = try directory.vault() }) else {
      Issue.record("the vault was opened")
      return
    }
    try directory.chmod("vault.sqlite", 0o600)
    try directory.chmod("root.key", mode)
    guard case .rootKeyMode = vaultError({ _ = try directory.vault() }) else {
      Issue.record("the root key was read")
      return
    }
  }

  @Test func `a newer vault is refused untouched`() throws {
    let tables = try directory.tables()
    try tables.execute("PRAGMA user_version=2; CREATE TABLE later(a)")
    #expect(try tables.checkpointTruncate())
    tables.close()
    let before = try directory.bytesOnDisk("vault.sqlite")
    guard case .vaultNewer(_, found: 2, known: 1) = vaultError({ _ = try directory.vault() }) else {
      Issue.record("it was opened")
      return
    }
    #expect(try directory.bytesOnDisk("vault.sqlite") == before)
  }

  @Test(arguments: [
    "CREATE TRIGGER spy AFTER INSERT ON secrets BEGIN SELECT 1; END", "DROP INDEX secrets_owner_kind",
    "CREATE TABLE more(a)", "PRAGMA application_id=1", "PRAGMA user_version=0",
  ])
  func `a vault that is not exactly ours is refused`(sql: String) throws {
    try directory.tables().execute(sql)
    guard case .vaultDamaged = vaultError({ _ = try directory.vault() }) else {
      Issue.record("it was opened")
      return
    }
  }

  @Test func `what is no vault is refused, and none is made`() throws {
    try FileManager.default.removeItem(atPath: directory.path("vault.sqlite"))
    guard case .vaultMissing = vaultError({ _ = try directory.vault(mode: .create) }) else {
      Issue.record("it was opened")
      return
    }
    for text in ["", String(repeating: "no database ", count: 100)] {
      #expect(FileManager.default.createFile(atPath: directory.path("vault.sqlite"), contents: Data(text.utf8)))
      try directory.chmod("vault.sqlite", 0o600)
      guard case .vaultDamaged = vaultError({ _ = try directory.vault() }) else {
        Issue.record("it was opened")
        continue
      }
      #expect(try directory.bytesOnDisk("vault.sqlite") == Array(text.utf8))
    }
  }

  @Test func `a vault and a root key of different times seal nothing and say what to do`() throws {
    let vault = try directory.vault()
    try FileManager.default.removeItem(atPath: directory.path("root.key"))
    try FileManager.default.moveItem(atPath: directory.newRootKey(), toPath: directory.path("root.key"))
    try vault.putAlone("key_a", "key", [1])
    let other = try directory.vault()
    let error = vaultError { try other.putAlone("key_b", "key", [1]) }
    guard case .rootMismatch = error else {
      Issue.record("it was sealed")
      return
    }
    #expect(error.map { "\($0)".contains("keyledger vault rotate-root --new FILE") } == true)
    guard case .rootMismatch = vaultError({ _ = try other.bytes("key_a", "key") }) else {
      Issue.record("a secret whose root key is only elsewhere was taken for lost")
      return
    }
  }
}
