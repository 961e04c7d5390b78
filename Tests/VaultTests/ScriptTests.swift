import Foundation
import SQLite
import Testing
import Vault

/// Fifteen lines of Python open our rows: whoever has the files and the root key does not need us.
@Suite struct ScriptTests {
  let directory: DataDirectory
  let vault: Vault

  static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Scripts/open-sealed-row.py").path

  init() throws {
    directory = try DataDirectory()
    vault = try directory.vault()
    let ledger = try Connection(
      path: directory.path("ledger.sqlite"), mode: .create, busy: .jitter(limitMilliseconds: 0))
    try ledger.execute("CREATE TABLE events(sequence INTEGER PRIMARY KEY, record BLOB) STRICT")
    let record = Array(#"{"id":"1","source":"/ledgers/\#(DataDirectory.ledger)"}"#.utf8)
    try ledger.prepare("INSERT INTO events VALUES (1, ?)").run(record)
  }

  /// What the script prints, and its exit status.
  func open(_ arguments: String...) throws -> (status: Int32, output: String) {
    let tools = try directory.run("/usr/bin/env", ["python3", "-c", "import cryptography"])
    try #require(tools.0 == 0, "python3 with cryptography is missing; Scripts/test installs them")
    let (status, output, error) = try directory.run("/usr/bin/env", ["python3", Self.script] + arguments)
    return (status, String(decoding: output, as: UTF8.self) + error)
  }

  @Test func `a secret`() throws {
    try vault.putAlone("key_a", "key", Array("not-a-real-secret".utf8))
    let (status, output) = try open(directory.url.path, "key_a", "key")
    #expect(status == 0 && output == "not-a-real-secret\n")
  }

  @Test func `a handle with its salt, the ledger named by hand`() throws {
    try vault.putAlone("usr_a", "handle", [UInt8](repeating: 0xab, count: 32) + Array("zoë@example.com".utf8))
    let (status, output) = try open("--ledger", DataDirectory.ledger, directory.url.path, "usr_a", "handle")
    #expect(status == 0 && output == "\(String(repeating: "ab", count: 32)) zoë@example.com\n")
  }

  @Test func `nothing from a destroyed row, an absent one, or another ledger`() throws {
    try vault.putAlone("key_a", "key", [0x61])
    #expect(try open("--ledger", "ldg_other", directory.url.path, "key_a", "key").status != 0)
    try vault.destroy(owner: "key_a", kind: "key")
    #expect(try open(directory.url.path, "key_a", "key").output == "destroyed\n")
    #expect(try open(directory.url.path, "key_b", "key").output == "no such row\n")
  }
}
