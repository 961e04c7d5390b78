import Cryptography
import Foundation
import Testing
import Vault

@Suite struct RootKeyTests {
  let directory: DataDirectory
  let digits = String(repeating: "0123456789abcdef", count: 4)

  init() throws { directory = try DataDirectory() }

  func write(_ text: String, mode: Int = 0o600) throws -> String {
    let path = directory.path("some.key")
    #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
    try directory.chmod("some.key", mode)
    return path
  }

  @Test func `a key that was written is read back, from a file of its owner alone`() throws {
    let root = try RootKey.generate(random: DataDirectory.random)
    try RootKey.write(root, to: directory.path("new.key"))
    #expect(try RootKey.read(directory.path("new.key")).constantTimeEquals(root))
    #expect(!FileManager.default.fileExists(atPath: directory.path("new.key.installing")))
  }

  /// In a process of its own: the umask is one for all tests.
  @Test(arguments: [0, 0o777] as [mode_t])
  func `no umask makes the mode another`(mask: mode_t) async {
    await #expect(processExitsWith: .success) { [mask] in
      let directory = try DataDirectory()
      umask(mask)
      try RootKey.write(RootKey.generate(random: DataDirectory.random), to: directory.path("new.key"))
      let attributes = try FileManager.default.attributesOfItem(atPath: directory.path("new.key"))
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect(attributes[.size] as? Int == 65)
    }
  }

  @Test(arguments: [0o600, 0o400])
  func `its owner's alone, with or without a newline`(mode: Int) throws {
    for text in [digits, digits + "\n"] {
      #expect(try RootKey.read(write(text, mode: mode)).count == 32)
    }
  }

  @Test(arguments: [0o640, 0o604, 0o644, 0o620, 0o602, 0o601, 0o700, 0o777])
  func `a looser mode is refused`(mode: Int) throws {
    let path = try write(digits, mode: mode)
    let error = vaultError { _ = try RootKey.read(path) }
    guard case .rootKeyMode(path: path, mode: _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect("\(VaultError.rootKeyMode(path: "f", mode: 0o100644))".contains("mode 0644: run chmod 600"))
  }

  @Test(
    arguments: [
      { $0 + "\n\n" }, { " " + $0 }, { $0 + "\r\n" }, { $0.uppercased() }, { String($0.dropLast()) },
      { String($0.dropLast(2)) }, { $0 + "00" }, { "g" + $0.dropFirst() }, { _ in "" }, { _ in "\n" },
      { String(repeating: $0, count: 3) },
    ] as [@Sendable (String) -> String])
  func `anything but 64 lower-case digits is refused`(change: @Sendable (String) -> String) throws {
    let path = try write(change(digits))
    let error = vaultError { _ = try RootKey.read(path) }
    guard case .rootKeyMalformed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error.map { "\($0)".contains("0123456789") } == false)
  }

  @Test func `a directory or a pipe is no root key, and does not hold us`() throws {
    #expect(unsafe mkfifo(directory.path("pipe"), 0o600) == 0)
    try FileManager.default.createDirectory(atPath: directory.path("folder"), withIntermediateDirectories: false)
    for name in ["pipe", "folder"] {
      guard case .rootKeyMalformed = vaultError({ _ = try RootKey.read(directory.path(name)) }) else {
        Issue.record("\(name) was read")
        continue
      }
    }
    guard case .rootKeyMissing = vaultError({ _ = try RootKey.read(directory.path("nothing")) }) else {
      Issue.record("what is not there is missing")
      return
    }
  }

  @Test func `a key is never written over another by accident`() throws {
    let old = try RootKey.read(directory.path("root.key"))
    let new = try RootKey.generate(random: DataDirectory.random)
    guard case .rootKeyExists = vaultError({ try RootKey.write(new, to: directory.path("root.key")) }) else {
      Issue.record("it was written")
      return
    }
    #expect(try RootKey.read(directory.path("root.key")).constantTimeEquals(old))
  }

  @Test func `a key that is replaced is zeros wherever else it had a name`() throws {
    try FileManager.default.linkItem(atPath: directory.path("root.key"), toPath: directory.path("other name"))
    let new = try RootKey.generate(random: DataDirectory.random)
    try RootKey.write(new, to: directory.path("root.key"), replacing: true)
    #expect(try RootKey.read(directory.path("root.key")).constantTimeEquals(new))
    #expect(try directory.bytesOnDisk("other name") == [UInt8](repeating: 0, count: 65))
  }

  @Test func `a source of randomness that fails or gives too little is refused`() {
    struct Dry: Error {}
    for source in [{ _ in throw Dry() }, { [UInt8](repeating: 1, count: $0 - 1) }] as [(Int) throws -> [UInt8]] {
      guard case .randomness = vaultError({ _ = try RootKey.generate(random: source) }) else {
        Issue.record("a key was made")
        continue
      }
    }
  }
}
