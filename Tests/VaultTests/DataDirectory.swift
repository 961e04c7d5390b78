import Cryptography
import Foundation
import SQLite
import Vault

/// A data directory of its own for one test, with a root key and an empty vault; gone with the test.
final class DataDirectory {
  static let ledger = "ldg_test"

  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "vault-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let root = try RootKey.generate(random: Self.random)
    try RootKey.write(root, to: path("root.key"))
    try Vault.create(path: path("vault.sqlite"), rootKey: root)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  func path(_ name: String) -> String { url.appending(path: name).path }

  static func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  func vault(ledger: String = ledger, mode: Connection.Mode = .readWrite) throws -> Vault {
    try Vault(
      path: path("vault.sqlite"), rootKeyPath: path("root.key"), ledger: ledger, mode: mode, random: Self.random)
  }

  /// A connection to the vault's tables, past our code.
  func tables() throws -> Connection {
    try Connection(path: path("vault.sqlite"), mode: .readWrite, busy: .jitter(limitMilliseconds: 5_000))
  }

  /// A new root key in a file of its own.
  func newRootKey(_ name: String = "next.key") throws -> String {
    try RootKey.write(RootKey.generate(random: Self.random), to: path(name))
    return path(name)
  }

  func chmod(_ name: String, _ mode: Int) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
  }

  /// What the file holds on the disk, empty when it is absent. By another process: closing a descriptor of a database
  /// here would drop this process's locks on it.
  func bytesOnDisk(_ name: String) throws -> [UInt8] {
    let (_, output, _) = try run("/bin/cat", [path(name)])
    return [UInt8](output)
  }

  /// Runs a program to its end: exit status, standard output, standard error.
  func run(_ program: String, _ arguments: [String]) throws -> (Int32, Data, String) {
    let process = Process()
    let (output, error) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    let message = try error.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, bytes, String(decoding: message, as: UTF8.self))
  }
}

extension Vault {
  /// Puts one row in a transaction of its own.
  func putAlone(_ owner: String, _ kind: String, _ content: [UInt8]) throws {
    try begin()
    defer { rollback() }
    try put(owner: owner, kind: kind, content: content)
    try commit()
  }

  /// The row's content as plain bytes.
  func bytes(_ owner: String, _ kind: String) throws -> [UInt8]? {
    try open(owner: owner, kind: kind)?.withBytes { $0 }
  }
}

extension Connection {
  /// Every row as (row, owner, root id, salt, sealed), by number.
  func sealedRows() throws -> [StoredRow] {
    let rows = try prepare("SELECT row, owner, root_id, salt, sealed FROM secrets ORDER BY row")
    defer { rows.reset() }
    var found: [StoredRow] = []
    while try rows.step() {
      found.append(
        StoredRow(
          row: rows.int64(0), owner: try rows.text(1), rootID: try rows.text(2), salt: rows.blob(3),
          sealed: rows.blob(4)))
    }
    return found
  }
}

struct StoredRow {
  let row: Int64
  let owner: String
  let rootID: String
  let salt: [UInt8]
  let sealed: [UInt8]
}

/// The vault error that `body` throws, nil if it throws none or another.
func vaultError(_ body: () throws -> Void) -> VaultError? {
  do {
    try body()
    return nil
  } catch {
    return error as? VaultError
  }
}

/// Finds eight bytes in a row of any of many secrets.
struct Traces {
  private var windows: Set<UInt64> = []

  /// Looks for every eight bytes at a multiple of eight, unless they are zeros.
  mutating func add(_ bytes: [UInt8]) {
    for start in stride(from: 0, through: bytes.count - 8, by: 8) {
      let window = bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      if window != 0 { windows.insert(window) }
    }
  }

  /// How many of them are in `bytes`, at any place.
  func count(in bytes: [UInt8]) -> Int {
    var (window, found) = (UInt64(0), Set<UInt64>())
    for byte in bytes {
      window = window << 8 | UInt64(byte)
      if windows.contains(window) { found.insert(window) }
    }
    return found.count
  }

  var count: Int { windows.count }
}
