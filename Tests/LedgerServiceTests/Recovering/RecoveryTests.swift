import Cryptography
import EventLog
import Formats
import Foundation
import KeyLedger
import LedgerService
import SQLite
import Testing

/// A ledger that loses everything from one event on, of which all that follows can still be read.
@Suite struct RecoveryTests {
  private let ledger: ReadingLedger
  private let folder: URL
  private var damaged: LedgerDirectory { LedgerDirectory(path: folder.appending(path: "damaged").path) }
  private var target: LedgerDirectory { LedgerDirectory(path: folder.appending(path: "saved").path) }

  init() throws {
    ledger = try ReadingLedger()
    folder = URL(fileURLWithPath: ledger.directory.path).deletingLastPathComponent()
  }

  /// The ledger's files, as `cp` takes them, with the record of one event overwritten.
  private func damage(_ sequence: UInt64) throws {
    let copy = Process()
    copy.executableURL = URL(fileURLWithPath: "/bin/cp")
    copy.arguments = ["-r", ledger.directory.path, damaged.path]
    try copy.run()
    copy.waitUntilExit()
    let connection = try Connection(path: damaged.ledger, mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    let row = try connection.prepare("SELECT record FROM events WHERE sequence = ?")
    try row.bind(1, Int64(sequence))
    try #require(try row.step())
    let record = row.blob(0)
    row.reset()
    #expect(try connection.checkpointTruncate())
    connection.close()
    var file = try Data(contentsOf: URL(fileURLWithPath: damaged.ledger))
    // Pages that were split may hold its bytes a second time.
    while let place = file.range(of: Data(record)) {
      file.replaceSubrange(place.lowerBound + 40..<place.lowerBound + 60, with: Data(repeating: 0xff, count: 20))
    }
    try file.write(to: URL(fileURLWithPath: damaged.ledger))
  }

  private func recover() throws -> Recovery {
    try LedgerService.recover(damaged, into: target, clock: ledger.clock, randomness: SeededRandomness(1))
  }

  private func lines() throws -> [String] {
    let file = target.path + "/" + Recovery.endingsName
    return String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }

  private func created(_ name: String, scope: [String] = ["customers:write"]) throws -> String {
    try ledger.run(.createKey(environment: "production", name: name, description: "", scope: scope)).onlyKey.id
      .description
  }

  @Test func `what ended behind the break is handed on, once, in a form that ends it here`() throws {
    try ledger.run(.provisionEnvironment("production"))
    let revoked = try created("revoked")
    let rotated = try created("rotated")
    let leaked = try created("leaked")
    let narrowed = try created("narrowed", scope: ["customers:write", "subscriptions:read"])
    let shortened = try created("shortened")
    try ledger.run(.rotateKey(key: shortened, grace: "7d"))
    let integration = try ledger.run(
      .connectIntegration(name: "crm", environment: "production", scope: ["customers:read"]))
    let bob = try #require(try ledger.run(.addUser(handle: "bob", role: .owner)).userID)
    let eve = try #require(try ledger.run(.addUser(handle: "eve", role: .owner)).userID)
    let full = try #require(
      try ledger.queries().keys(KeyFilter(), at: ledger.queries().moment()).first { $0.kind == .fullAccess })
    let whole = try ledger.queries().moment().sequence

    let lost = try created("lost")
    try ledger.run(.revokeKey(key: lost))
    try ledger.run(.revokeKey(key: revoked))
    try ledger.run(.rotateKey(key: rotated, grace: "24h"))
    let successor = try ledger.run(.rotateKey(key: leaked, grace: "1h")).onlyKey.id.description
    try ledger.run(.revokeKey(key: successor))
    try ledger.run(.changeScope(key: narrowed, scope: ["subscriptions:read"]))
    try ledger.run(.changeGrace(key: shortened, grace: "3d"))
    try ledger.run(.disconnectIntegration(name: "crm", environment: "production"))
    try ledger.run(.removeUser(user: "bob"))
    try ledger.run(.changeRole(user: "eve", role: .readOnly))
    try ledger.run(.endToken(user: "eve"))
    try ledger.run(.rotateKey(key: full.id.description, grace: "now"))
    try ledger.run(.enforceClientSecurity(environment: "production"))
    try ledger.run(.rotateSigningSecret(environment: "production"))
    let all = try ledger.queries().moment().sequence
    ledger.clock.advance(2 * 3_600_000)
    _ = integration

    try damage(whole + 1)
    let recovery = try recover()
    #expect(recovery.salvage.size == whole && recovery.salvage.last == all)
    #expect(recovery.salvage.readable == [whole + 2...all])
    // The guard is written after the commit, at least once a second.
    if case .nothing = recovery.shown { Issue.record("the damaged ledger has no guard") }
    #expect(recovery.last == all && recovery.isEndKnown)
    #expect(try Queries(target, clock: ledger.clock).restoration()?.code == .restored)
    let texts = try lines()
    #expect(recovery.endings == texts.count && recovery.endingsFile == target.path + "/" + Recovery.endingsName)
    let numbers = try texts.map { try #require(try JSON(parsing: Array($0.utf8))["idempotency_key"]?.string) }
    let words = texts.map { $0.replacing(/,"idempotency_key":"recover-[0-9]+"}/, with: "}") }
    #expect(
      words == [
        #"{"command":"key.revoke","key":"\#(revoked)"}"#,
        #"{"command":"key.rotate","key":"\#(rotated)","grace":"1h"}"#,
        #"{"command":"key.revoke","key":"\#(leaked)"}"#,
        #"{"command":"key.scope","key":"\#(narrowed)","scope":["subscriptions:read"]}"#,
        #"{"command":"key.grace","key":"\#(shortened)","grace":"24h"}"#,
        #"{"command":"integration.disconnect","environment":"production","integration":"crm"}"#,
        #"{"command":"user.remove","user":"\#(bob)"}"#,
        #"{"command":"user.role","user":"\#(eve)","role":"read_only"}"#,
        #"{"command":"key.rotate","key":"\#(full.id)","grace":"now"}"#,
        #"{"command":"client_security.enforce","environment":"production"}"#,
      ])
    #expect(Set(numbers).count == texts.count)
    #expect(
      recovery.byHand == ["keyledger user end-token \(eve)", "keyledger client-security rotate --env production"])
  }

  @Test func `the vault comes along, what is saved verifies nobody's mode, and what is damaged stays as it is`() throws
  {
    try ledger.run(.provisionEnvironment("production"))
    let key = try created("billing")
    try damage(try ledger.queries().moment().sequence)
    let before = try contents(damaged.path)
    let recovery = try recover()
    guard case .copied = recovery.vault else { throw ReadingLedger.Nothing() }
    #expect(try contents(damaged.path) == before)
    #expect(try Set(contents(target.path).keys) == ["ledger.sqlite", "vault.sqlite", "root.key"])
    #expect(recovery.endings == 0 && recovery.byHand.isEmpty)
    let queries = try Queries(target, clock: ledger.clock)
    let moment = try queries.moment()
    #expect(moment.sequence == recovery.salvage.size)
    #expect(try queries.users(at: moment).map { queries.names.handle(of: $0) } == [.known("ada@example.com")])
    #expect(refusal { _ = try queries.key(key, at: moment) } == .notFound)
  }

  @Test func `a vault that does not open is said to be lost, and the log is saved all the same`() throws {
    try damage(2)
    try Data(repeating: 0x5a, count: 8_192).write(to: URL(fileURLWithPath: damaged.vault))
    let recovery = try recover()
    guard case .lost = recovery.vault else { throw ReadingLedger.Nothing() }
    #expect(recovery.salvage.size == 1)
    #expect(try Set(contents(target.path).keys) == ["ledger.sqlite", "root.key"])
  }

  @Test func `where there is no beginning, no ledger, or no free place, nothing is made`() throws {
    try ledger.run(.provisionEnvironment("production"))
    try damage(1)
    #expect(refusal { _ = try recover() } == .damaged)
    let nowhere = LedgerDirectory(path: folder.appending(path: "nowhere").path)
    #expect(refusal { _ = try LedgerService.recover(nowhere, into: target) } == .damaged)
    #expect(refusal { _ = try LedgerService.recover(damaged, into: ledger.directory) } == .alreadyExists)
    let inside = LedgerDirectory(path: damaged.path + "/saved")
    #expect(refusal { _ = try LedgerService.recover(damaged, into: inside) } == .badUsage)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(names) == ["data", "damaged"])
  }

  private func contents(_ directory: String) throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: directory + "/" + $0))) })
  }
}

extension Outcome {
  fileprivate var userID: UserID? {
    if case .user(let user) = answer { user.id } else { nil }
  }
}
