import Cryptography
import EventLog
import Foundation
import KeyLedger
import Testing

@testable import LedgerService
@testable import Vault

/// A new root key takes the old one's place, and nothing that was sealed is lost on the way.
@Suite struct RootRotationTests {
  private struct Crash: Error {}

  /// A root key in a file beside the ledger.
  private func newKey(_ ledger: TestLedger, _ name: String = "new.key") throws -> String {
    let path = ledger.directory.path + "/" + name
    try RootKey.write(try RootKey.generate { SystemRandomness().bytes($0) }, to: path)
    return path
  }

  private func secrets(_ writer: Writer, _ count: Int) throws -> [(KeyID, SecretBytes)] {
    try writer.provision("production")
    return try (0..<count).map { _ in
      let (key, secret) = try writer.makeKey("production", ["read_only"])
      return (key.id, secret)
    }
  }

  private func expectTold(_ secrets: [(KeyID, SecretBytes)], by writer: Writer) throws {
    for (key, secret) in secrets {
      let told = try #require(try writer.operate(.revealKey(key: key.description)).secret)
      #expect(told.withBytes { told in secret.withBytes { told == $0 } })
    }
  }

  @Test func `Everything is told after it, also by a writer that was there before`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let told = try secrets(writer, 3)
    let before = try Data(contentsOf: URL(fileURLWithPath: ledger.directory.rootKeyPath))
    let service = try LedgerService(ledger.directory, clock: ledger.clock)
    let seen = Counter()
    let new = try newKey(ledger)
    let report = try service.rotateRoot(newKeyFile: new) { seen.add("\($0) of \($1)") }
    service.close()
    #expect(report.resealed == 3 + 4 && report.lost == 0 && !report.isShredPending)
    #expect(seen.all == ["7 of 7"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: ledger.directory.rootKeyPath)) != before)
    try expectTold(told, by: writer)
    let (key, secret) = try writer.makeKey("production", ["read_only"])
    try expectTold(told + [(key.id, secret)], by: try ledger.writer())
    #expect(try ledger.files(holding: Array(before.prefix(64))) == [])
  }

  @Test func `Cut off in the middle it is taken up again, and until then nothing is lost or sealed by the old key`()
    throws
  {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    // More than one batch.
    try writer.provision("production")
    let create = Request.ask(
      .createKey(environment: "production", name: "n", description: "", scope: ["read_only"]))
    let outcomes = try writer.run(Array(repeating: create, count: 300)).map { try $0.get() }
    let told = outcomes.flatMap { $0.secrets.map { ($0.key, $0.value) } }
    let new = try newKey(ledger)
    #expect(throws: Crash.self) {
      try writer.log.write { _ in try writer.vault.rotateRoot(to: new) { _ in throw Crash() } }
    }
    let other = try ledger.writer()
    let size = try ledger.size()
    guard case .failure(let refusal) = other.run([create])[0] else {
      Issue.record("sealed during a rotation")
      return
    }
    #expect(refusal.code == .damaged && refusal.message.contains("rotate-root"))
    #expect(try ledger.size() == size)
    try other.operate(.revokeKey(key: told[0].0.description))
    let refusals = told.dropFirst().map { other.refusal(.revealKey(key: $0.0.description)) }
    #expect(refusals.contains(nil) && refusals.contains(.damaged) && Set(refusals).count == 2)

    let report = try other.rotateRoot(newKeyFile: new) { _, _ in }
    #expect(report.lost == 0 && report.resealed + 256 >= 300)
    try expectTold(Array(told.dropFirst()), by: writer)
    #expect(writer.run([create]).map(code) == [nil])
  }

  @Test func `Another key than the one that was begun with is refused`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let told = try secrets(writer, 2)
    let (first, second) = (try newKey(ledger), try newKey(ledger, "second.key"))
    #expect(throws: Crash.self) {
      try writer.log.write { _ in try writer.vault.rotateRoot(to: first) { _ in throw Crash() } }
    }
    #expect(throws: (any Error).self) { try writer.rotateRoot(newKeyFile: second) { _, _ in } }
    _ = try writer.rotateRoot(newKeyFile: first) { _, _ in }
    try expectTold(told, by: writer)
  }

  @Test(arguments: ["absent.key", "loose.key", "malformed.key"])
  func `A new key that is none changes nothing`(_ name: String) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let told = try secrets(writer, 1)
    let path = ledger.directory.path + "/" + name
    if name == "loose.key" {
      _ = try newKey(ledger, name)
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    }
    if name == "malformed.key" {
      #expect(
        FileManager.default.createFile(
          atPath: path, contents: Data("no key".utf8), attributes: [.posixPermissions: 0o600]))
    }
    #expect(throws: (any Error).self) { try writer.rotateRoot(newKeyFile: path) { _, _ in } }
    try expectTold(told, by: writer)
    _ = try writer.makeKey("production", ["read_only"])
  }
}
