import Cryptography
import Foundation
import SQLite
import Testing
import Vault

@Suite struct VaultTests {
  let directory: DataDirectory
  let vault: Vault

  init() throws {
    directory = try DataDirectory()
    vault = try directory.vault()
  }

  @Test func `what was put opens, here and in another process's connection`() throws {
    try vault.putAlone("key_a", "key", [1, 2, 3])
    try vault.putAlone("key_b", "key", [])
    #expect(try vault.bytes("key_a", "key") == [1, 2, 3])
    #expect(try directory.vault(mode: .readOnly).bytes("key_b", "key") == [])
    #expect(try vault.isLive(owner: "key_a", kind: "key"))
    #expect(try vault.bytes("key_a", "signing.1") == nil)
    #expect(try vault.bytes("key_c", "key") == nil)
    #expect(try !vault.isLive(owner: "key_c", kind: "key"))
  }

  @Test func `a row of another ledger does not open`() throws {
    try vault.putAlone("key_a", "key", [1])
    #expect(try directory.vault(ledger: "ldg_other").bytes("key_a", "key") == nil)
  }

  @Test func `rows whose bytes were swapped do not open`() throws {
    try vault.putAlone("key_a", "key", [1])
    try vault.putAlone("key_b", "key", [2])
    try directory.tables().execute(
      """
      CREATE TEMP TABLE t AS SELECT * FROM secrets;
      UPDATE secrets SET (salt, sealed) = (SELECT salt, sealed FROM t WHERE t.owner <> secrets.owner);
      """)
    #expect(try vault.bytes("key_a", "key") == nil)
    #expect(try vault.bytes("key_b", "key") == nil)
    #expect(try vault.isLive(owner: "key_a", kind: "key"))
  }

  @Test func `a row is put inside a transaction only, and gone with it`() throws {
    guard case .noTransaction = vaultError({ try vault.put(owner: "key_a", kind: "key", content: [1]) }) else {
      Issue.record("it was put")
      return
    }
    try vault.begin()
    try vault.put(owner: "key_a", kind: "key", content: [1])
    #expect(try vault.bytes("key_a", "key") == [1])
    vault.rollback()
    #expect(try vault.bytes("key_a", "key") == nil)
    vault.rollback()
  }

  @Test func `an orphan is overwritten in its place, its lengths kept`() throws {
    try vault.putAlone("usr_a", "handle", [UInt8](repeating: 7, count: 100))
    try vault.putAlone("usr_b", "handle", [8])
    let before = try directory.tables().sealedRows()
    try vault.putAlone("usr_a", "handle", [9])
    let after = try directory.tables().sealedRows()
    #expect(after.map(\.row) == before.map(\.row))
    #expect(after.map(\.sealed.count) == before.map(\.sealed.count))
    #expect(after[0].salt != before[0].salt)
    #expect(try vault.bytes("usr_a", "handle") == [9])
    let tooLong = [UInt8](repeating: 7, count: 127)
    guard case .rowTooShort = vaultError({ try vault.putAlone("usr_a", "handle", tooLong) }) else {
      Issue.record("the row grew")
      return
    }
    #expect(try vault.bytes("usr_a", "handle") == [9])
  }

  @Test func `a destroyed row stays, opens to nothing and can be put again`() throws {
    try vault.putAlone("key_a", "key", [1, 2, 3])
    for _ in 0..<2 { try vault.destroy(owner: "key_a", kind: "key") }
    try vault.destroy(owner: "key_none", kind: "key")
    #expect(try vault.bytes("key_a", "key") == nil)
    #expect(try !vault.isLive(owner: "key_a", kind: "key"))
    let rows = try directory.tables().sealedRows()
    #expect(rows.count == 1)
    #expect(rows.first?.salt == [UInt8](repeating: 0, count: 32))
    #expect(rows.first?.sealed == [UInt8](repeating: 0, count: 80))
    try vault.putAlone("key_a", "key", [4])
    #expect(try vault.bytes("key_a", "key") == [4])
  }

  @Test func `rows are listed forwards while they live and backwards in any case`() throws {
    for number in 1...5 { try vault.putAlone("key_\(number)", number == 5 ? "handle" : "key", [1]) }
    try vault.destroy(owner: "key_2", kind: "key")
    #expect(try vault.liveRows(after: 0, limit: 2).map(\.owner) == ["key_1", "key_3"])
    #expect(try vault.liveRows(after: 3, limit: 9).map(\.row) == [4, 5])
    #expect(try vault.tail(limit: 4).map(\.owner) == ["key_5", "key_4", "key_3", "key_2"])
    #expect(try vault.tail(limit: 4).map(\.isLive) == [true, true, true, false])
    #expect(try vault.owners(kind: "key") == ["key_1", "key_3", "key_4"])
    #expect(try vault.owners(kind: "handle") == ["key_5"])
  }

  @Test func `notes come back when they are due, the earliest first, until they are taken away`() throws {
    for (owner, at) in [("key_a", 30), ("key_b", 10), ("key_c", 20), ("key_a", 30)] as [(String, Int64)] {
      try vault.schedule(owner: owner, kind: "key", at: at)
    }
    #expect(try vault.due(at: 9, limit: 9) == [])
    #expect(try vault.due(at: 20, limit: 9).map(\.owner) == ["key_b", "key_c"])
    #expect(try vault.due(at: .max, limit: 1).map(\.at) == [10])
    try vault.unschedule(owner: "key_b", kind: "key", at: 10)
    try vault.unschedule(owner: "key_b", kind: "key", at: 10)
    #expect(try vault.due(at: .max, limit: 9).map(\.owner) == ["key_c", "key_a"])
  }

  @Test func `without its root key the vault destroys but opens and seals nothing`() throws {
    try vault.putAlone("key_a", "key", [1])
    try FileManager.default.moveItem(atPath: directory.path("root.key"), toPath: directory.path("away.key"))
    let blind = try directory.vault()
    for body in [{ _ = try blind.bytes("key_a", "key") }, { try blind.putAlone("key_b", "key", [1]) }] {
      guard case .rootKeyMissing = vaultError(body) else {
        Issue.record("it had a root key")
        continue
      }
    }
    #expect(try blind.isLive(owner: "key_a", kind: "key"))
    try blind.destroy(owner: "key_a", kind: "key")
    #expect(try !vault.isLive(owner: "key_a", kind: "key"))
  }

  @Test func `a row that was damaged is lost, and its neighbours are not`() throws {
    try vault.putAlone("key_a", "key", [1])
    try vault.putAlone("key_b", "key", [2])
    try directory.tables().execute("UPDATE secrets SET sealed = x'00' WHERE owner = 'key_a'")
    #expect(try vault.bytes("key_a", "key") == nil)
    #expect(try vault.bytes("key_b", "key") == [2])
  }
}
