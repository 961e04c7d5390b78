import Cryptography
import EventLog
import Foundation
import KeyLedger
import Testing

@testable import LedgerService

/// A ledger begins whole, or not at all, and nobody else may look into it.
@Suite struct FoundingTests {
  /// A place of its own, with nothing in it.
  final class Place {
    let path: String
    init() throws {
      path = FileManager.default.temporaryDirectory.appendingPathComponent("keyledger-place-\(UUID().uuidString)").path
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  private func found(_ directory: LedgerDirectory, owner: String? = "ada@example.com", at time: Instant? = nil)
    -> RefusalCode?
  {
    do {
      _ = try LedgerService.found(
        directory, plan: .scale, owner: owner, by: TestLedger.root, at: time, clock: TestClock())
      return nil
    } catch {
      return error.code
    }
  }

  private func mode(_ path: String) throws -> Int {
    (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? -1
  }

  @Test func `A new ledger has its founding events, its owner, and nothing else beside it`() throws {
    let place = try Place()
    let directory = LedgerDirectory(path: place.path + "/data")
    let founding = try LedgerService.found(
      directory, plan: .starter, owner: "ada@example.com", by: TestLedger.root, clock: TestClock())
    #expect(founding.events.map(\.event.sequence) == [1, 2])
    #expect(try place.names() == ["data"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted().filter {
        !$0.hasSuffix("-shm") && !$0.hasSuffix("-wal")
      }
        == ["ledger.sqlite", "root.key", "shown", "vault.sqlite"])
    let writer = try Writer(directory, clock: TestClock(), randomness: SystemRandomness())
    #expect(writer.log.ledger == founding.ledger)
    let owner = try #require(founding.owner)
    let token = owner.token.withBytes(SecretForm.fingerprint)
    try writer.one(Request(.changePlan(.scale), by: .user(owner.id, token: token)))
    #expect(writer.refusal(.addUser(handle: "ada@example.com", role: .member)) == .handleInUse)
  }

  @Test func `A ledger needs no owner`() throws {
    let place = try Place()
    let directory = LedgerDirectory(path: place.path + "/data")
    let founding = try LedgerService.found(
      directory, plan: .scale, owner: nil, by: TestLedger.root, clock: TestClock())
    #expect(founding.owner == nil && founding.events.count == 1)
  }

  @Test(arguments: ["/data", "/data/", "/data//"])
  func `An empty directory is taken, with or without a slash behind its name`(_ name: String) throws {
    let place = try Place()
    #expect(found(LedgerDirectory(path: place.path + name)) == nil)
    let other = try Place()
    try FileManager.default.createDirectory(atPath: other.path + "/data", withIntermediateDirectories: false)
    #expect(found(LedgerDirectory(path: other.path + name)) == nil)
    for place in [place, other] {
      #expect(try place.names() == ["data"])
      #expect(try mode(place.path + "/data") == 0o700)
    }
  }

  @Test func `A directory with a ledger, or with anything, is left alone`() throws {
    let place = try Place()
    let directory = LedgerDirectory(path: place.path + "/data")
    #expect(found(directory) == nil)
    let before = try Data(contentsOf: URL(fileURLWithPath: directory.ledger))
    #expect(found(directory) == .alreadyExists)
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.ledger)) == before)
    // The place itself now holds something.
    #expect(found(LedgerDirectory(path: place.path)) == .alreadyExists)
    #expect(FileManager.default.createFile(atPath: place.path + "/file", contents: Data()))
    #expect(found(LedgerDirectory(path: place.path + "/file")) == .alreadyExists)
    #expect(try place.names() == ["data", "file"])
  }

  @Test(arguments: [
    "", " ada", "usr_ada", "key_1", "operator:root", "system", "a\u{0}b", String(repeating: "a", count: 255),
  ])
  func `A handle that is none founds nothing`(_ handle: String) throws {
    let place = try Place()
    #expect(found(LedgerDirectory(path: place.path + "/data"), owner: handle) == .badText)
    #expect(try place.names() == [])
  }

  @Test func `The founding time is not after now, nor before 1970`() throws {
    let place = try Place()
    let directory = LedgerDirectory(path: place.path + "/data")
    #expect(found(directory, at: TestClock().now().advanced(by: 1)) == .badUsage)
    #expect(found(directory, at: Instant(milliseconds: -1)) == .badUsage)
    #expect(try place.names() == [])
    #expect(found(directory, at: Instant(milliseconds: 0)) == nil)
  }

  @Test func `What fails on the way leaves nothing, and what was there stays`() throws {
    let place = try Place()
    try FileManager.default.createDirectory(atPath: place.path + "/data", withIntermediateDirectories: false)
    // The root key cannot be written, so it fails after the directory was made.
    let directory = LedgerDirectory(path: place.path + "/data", rootKeyPath: place.path + "/absent/root.key")
    #expect(found(directory) == .damaged)
    #expect(try place.names().filter { $0 != "data" } == [])
    #expect(!FileManager.default.fileExists(atPath: directory.ledger))
  }

  @Test func `A crash before the rename leaves nothing that opens`() throws {
    let place = try Place()
    let directory = LedgerDirectory(path: place.path + "/data")
    // As a crash leaves it: all is built, but under its other name.
    let other = LedgerDirectory(path: place.path + "/data.founding-1")
    #expect(found(other) == nil)
    #expect(throws: Refusal.self) { try Writer(directory, clock: TestClock(), randomness: SystemRandomness()) }
    #expect(found(directory) == nil)
  }

  @Test func `A root key lies elsewhere when told, and one that is there is used`() throws {
    let place = try Place()
    let first = LedgerDirectory(path: place.path + "/data", rootKeyPath: place.path + "/root.key")
    #expect(found(first) == nil)
    #expect(!FileManager.default.fileExists(atPath: place.path + "/data/root.key"))
    let key = try Data(contentsOf: URL(fileURLWithPath: first.rootKeyPath))
    #expect(try mode(first.rootKeyPath) == 0o600)
    #expect(found(LedgerDirectory(path: place.path + "/more", rootKeyPath: first.rootKeyPath)) == nil)
    #expect(try Data(contentsOf: URL(fileURLWithPath: first.rootKeyPath)) == key)
    #expect(!FileManager.default.fileExists(atPath: place.path + "/more/root.key"))
  }

  @Test func `A rollback guard lies elsewhere when told, and the one of another ledger stays`() throws {
    let place = try Place()
    let guardPath = place.path + "/shown"
    #expect(found(LedgerDirectory(path: place.path + "/data", shownPath: guardPath)) == nil)
    #expect(!FileManager.default.fileExists(atPath: place.path + "/data/shown"))
    let kept = try Data(contentsOf: URL(fileURLWithPath: guardPath))
    #expect(try mode(guardPath) == 0o600)
    #expect(found(LedgerDirectory(path: place.path + "/more", shownPath: guardPath)) == .alreadyExists)
    #expect(try Data(contentsOf: URL(fileURLWithPath: guardPath)) == kept)
    let nowhere = LedgerDirectory(path: place.path + "/more", shownPath: place.path + "/absent/shown")
    #expect(found(nowhere) == .damaged)
    #expect(try place.names() == ["data", "shown"])
  }

  @Test func `Everything that is made is for its owner alone`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"), key: "so that there are views")
    #expect(try ledger.mode(of: ledger.directory.path) == 0o700)
    for name in try ledger.names() {
      #expect(try ledger.mode(of: ledger.directory.path + "/" + name) == 0o600, "\(name)")
    }
    #expect(try ledger.names().count >= 8)
  }

  @Test(arguments: ["", "ledger.sqlite", "vault.sqlite", "views.sqlite", "root.key", "shown", "journal.sqlite"])
  func `A looser mode is refused by whoever wants to change something`(_ name: String) throws {
    let ledger = try TestLedger()
    try ledger.writer().operate(.provisionEnvironment("production"), key: "so that there are views")
    let path = name.isEmpty ? ledger.directory.path : ledger.directory.path + "/" + name
    if !FileManager.default.fileExists(atPath: path) {
      #expect(FileManager.default.createFile(atPath: path, contents: Data()))
    }
    for loose in name.isEmpty ? [0o750, 0o701, 0o777] : [0o640, 0o604, 0o620, 0o666, 0o700] {
      try FileManager.default.setAttributes([.posixPermissions: loose], ofItemAtPath: path)
      #expect(throws: (any Error).self, "\(String(loose, radix: 8))") { try ledger.writer() }
    }
    try FileManager.default.setAttributes([.posixPermissions: name.isEmpty ? 0o700 : 0o600], ofItemAtPath: path)
    _ = try ledger.writer()
  }
}
