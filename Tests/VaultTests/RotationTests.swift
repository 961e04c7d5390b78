import Cryptography
import Foundation
import SQLite
import Testing
import Vault

@Suite struct RotationTests {
  static let count = 600

  let directory: DataDirectory
  let vault: Vault

  struct Kill: Error {}

  init() throws {
    directory = try DataDirectory()
    vault = try directory.vault()
    try vault.begin()
    for number in 0..<Self.count {
      try vault.put(owner: "key_\(number)", kind: "key", content: Self.content(number))
    }
    try vault.commit()
    for number in 0..<10 { try vault.destroy(owner: "key_\(number)", kind: "key") }
  }

  static func content(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number % 251), count: number % 300) }

  /// How many rows open to what was put.
  func opened(_ vault: Vault) throws -> Int {
    var opened = 0
    for number in 0..<Self.count where try vault.bytes("key_\(number)", "key") == Self.content(number) { opened += 1 }
    return opened
  }

  /// A rotation that is killed after its first batch.
  func rotateAndKill(to new: String) {
    #expect(throws: Kill.self) { try directory.vault().rotateRoot(to: new) { _ in throw Kill() } }
  }

  @Test func `after a rotation every row is sealed by the new key, in its place and of its length`() throws {
    let new = try directory.newRootKey()
    let before = try directory.tables().sealedRows()
    var traces = Traces()
    for row in before { traces.add(row.salt + row.sealed) }
    var heard: [Int] = []
    let rotation = try vault.rotateRoot(to: new) { heard.append($0.resealed) }
    #expect(heard == [256, 512, 590])
    #expect(rotation.resealed == 590 && rotation.total == 590 && rotation.lost == 0 && !rotation.isShredPending)
    #expect(try opened(vault) == 590)

    let after = try directory.tables().sealedRows()
    let id = RootKey.id(try RootKey.read(new))
    #expect(try RootKey.read(directory.path("root.key")).constantTimeEquals(RootKey.read(new)))
    #expect(after[10...].allSatisfy { $0.rootID == id })
    #expect(after.map(\.row) == before.map(\.row))
    #expect(after.map(\.sealed.count) == before.map(\.sealed.count))
    let files = try directory.bytesOnDisk("vault.sqlite") + directory.bytesOnDisk("vault.sqlite-wal")
    #expect(traces.count(in: files) == 0)
  }

  @Test func `another process that is running goes on with the new key`() throws {
    let other = try directory.vault()
    #expect(try opened(other) == 590)
    try vault.rotateRoot(to: directory.newRootKey())
    #expect(try opened(other) == 590)
    try other.putAlone("key_new", "key", [1])
    #expect(try vault.bytes("key_new", "key") == [1])
  }

  @Test func `a rotation that was killed again and again ends when it is called with the same file`() throws {
    let new = try directory.newRootKey()
    for _ in 0..<2 { rotateAndKill(to: new) }
    let rotation = try directory.vault().rotateRoot(to: new)
    #expect(rotation.resealed == 590 - 2 * 256)
    #expect(try opened(directory.vault()) == 590)
    #expect(try opened(vault) == 590)
  }

  @Test func `between the pieces nothing is sealed and no secret is taken for lost`() throws {
    let new = try directory.newRootKey()
    rotateAndKill(to: new)
    for vault in [vault, try directory.vault()] {
      let error = vaultError { try vault.putAlone("key_new", "key", [1]) }
      guard case .rootMismatch = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(error.map { "\($0)".contains("rotation is unfinished") } == true)
      guard case .rootMismatch = vaultError({ _ = try vault.bytes("key_10", "key") }) else {
        Issue.record("a row under the new key did not say so")
        continue
      }
      #expect(try vault.bytes("key_599", "key") == Self.content(599))
      #expect(try vault.bytes("key_0", "key") == nil)
    }
  }

  @Test func `an unfinished rotation is not followed by another one`() throws {
    rotateAndKill(to: try directory.newRootKey())
    let third = try directory.newRootKey("third.key")
    guard case .rootMismatch = vaultError({ try vault.rotateRoot(to: third) }) else {
      Issue.record("rows under the first new key are lost")
      return
    }
  }

  @Test func `a crash just before the new key is in its place costs nothing`() throws {
    let new = try directory.newRootKey()
    let old = try RootKey.read(directory.path("root.key"))
    try vault.rotateRoot(to: new)
    try RootKey.write(old, to: directory.path("root.key"), replacing: true)
    let resumed = try directory.vault()
    guard case .rootMismatch = vaultError({ _ = try resumed.bytes("key_10", "key") }) else {
      Issue.record("it opened")
      return
    }
    #expect(try resumed.rotateRoot(to: new).resealed == 0)
    #expect(try opened(resumed) == 590)
    #expect(try opened(directory.vault()) == 590)
  }

  @Test func `a rotation to the key that is in place changes nothing`() throws {
    let before = try directory.tables().sealedRows()
    #expect(try vault.rotateRoot(to: directory.path("root.key")).resealed == 0)
    #expect(try directory.tables().sealedRows().map(\.sealed) == before.map(\.sealed))
    #expect(try opened(vault) == 590)
  }

  @Test func `a row that the old key does not open is counted and destroyed`() throws {
    let tables = try directory.tables()
    try tables.execute("UPDATE secrets SET sealed = zeroblob(80) WHERE owner = 'key_20'")
    let rotation = try vault.rotateRoot(to: directory.newRootKey())
    #expect(rotation.resealed == 589 && rotation.lost == 1)
    #expect(try !vault.isLive(owner: "key_20", kind: "key"))
  }

  @Test func `a new key that others may read is refused before anything is done`() throws {
    let new = try directory.newRootKey()
    try directory.chmod("next.key", 0o644)
    guard case .rootKeyMode = vaultError({ try vault.rotateRoot(to: new) }) else {
      Issue.record("it was taken")
      return
    }
    try vault.putAlone("key_new", "key", [1])
    #expect(try opened(vault) == 590)
  }

  @Test func `a new key that is not there is to be made, not put back`() throws {
    let missing = directory.path("nothing.key")
    let error = vaultError { try vault.rotateRoot(to: missing) }
    guard case .newRootKeyMissing(missing) = error else {
      Issue.record("it was \(String(describing: error))")
      return
    }
    #expect(try opened(vault) == 590)
  }
}
