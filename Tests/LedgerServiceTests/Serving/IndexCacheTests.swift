import Cryptography
import EventLog
import Foundation
import KeyLedger
import Projections
import Testing

@testable import LedgerService

@Suite("The cache of the verification index")
struct IndexCacheTests {
  private let story: ReadingStory
  private let cache: IndexCache
  private let path: String

  init() throws {
    story = try ReadingStory()
    cache = IndexCache(story.ledger.directory, of: story.ledger.founding.ledger)
    path = story.ledger.file("index.cache")
    try save(in: story.ledger.directory)
  }

  /// As a service that has run on that directory leaves it.
  private func save(in directory: LedgerDirectory) throws {
    let index = SharedIndex(of: story.ledger.founding.ledger)
    _ = try Gatekeeper(directory, clock: story.ledger.clock, sharing: index)
    let copy = try #require(index.copy)
    try SQLiteLog(path: directory.ledger, mode: .readOnly).read {
      try IndexCache(directory, of: story.ledger.founding.ledger).save(copy, by: $0)
    }
  }

  /// A gatekeeper as one that starts there, and whether it began with the cache.
  private func start(in directory: LedgerDirectory? = nil) throws -> (gate: Gatekeeper, isFromCache: Bool) {
    let directory = directory ?? story.ledger.directory
    let ledger = story.ledger.founding.ledger
    let index = SharedIndex(of: ledger, cache: IndexCache(directory, of: ledger))
    let gate = try Gatekeeper(directory, clock: story.ledger.clock, sharing: index)
    return (gate, index.taken != nil)
  }

  private func expectAnswersOfAFold(_ gate: Gatekeeper) throws {
    let folded = try Gatekeeper(story.ledger.directory, clock: story.ledger.clock)
    for name in story.secrets.keys.sorted() {
      for word in [nil, "customers:read", "customers:write", "invoices:read"] as [String?] {
        for environment in [nil, "production", "staging"] as [String?] {
          let question = GateQuestion(
            try story.secret(name), permission: word.map(permission), environment: environment.map(slug))
          #expect(try gate.answer(question) == folded.answer(question), "\(name)")
        }
      }
    }
  }

  /// A copy of the data directory beside it, which goes with it.
  private func copy(_ name: String) throws -> LedgerDirectory {
    let copy = LedgerDirectory(path: story.ledger.directory.path + "/../" + name)
    try FileManager.default.copyItem(atPath: story.ledger.directory.path, toPath: copy.path)
    return copy
  }

  private func contents() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  private func put(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

  @Test("spares the fold, and answers as it would have; it is its owner's alone")
  func answersAsAFold() throws {
    let (gate, isFromCache) = try start()
    #expect(isFromCache)
    try expectAnswersOfAFold(gate)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(!FileManager.default.fileExists(atPath: path + ".new"))
  }

  @Test("knows what was appended since: a revocation in the tail is obeyed, a new key let in")
  func tail() throws {
    try story.ledger.run(.revokeKey(key: try story.key("billing 2")))
    try story.ledger.run(.enforceClientSecurity(environment: "staging"))
    try story.ledger.run(.changePlan(.scale))
    let made = try story.ledger.run(
      .createKey(environment: "staging", name: "New", description: "", scope: ["customers:read"]))
    let (gate, isFromCache) = try start()
    #expect(isFromCache)
    #expect(try gate.answer(GateQuestion(story.secret("billing 2"))).outcome == .revoked)
    let publishable = GateQuestion(try story.secret("staging publishable 2"))
    #expect(try gate.answer(publishable).outcome == .customerTokenRequired)
    #expect(try gate.answer(GateQuestion(made.secret(of: made.onlyKey))).outcome == .valid)
    try expectAnswersOfAFold(gate)
  }

  @Test("with any byte changed is none")
  func changedBytes() throws {
    let bytes = try contents()
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1 << UInt8.random(in: 0..<8)
      try put(changed)
      #expect(cache.load() == nil, "byte \(index)")
    }
    let (gate, isFromCache) = try start()
    #expect(!isFromCache)
    try expectAnswersOfAFold(gate)
  }

  @Test("cut, grown, empty, a link, a directory, or gone, is none")
  func otherFiles() throws {
    let bytes = try contents()
    for count in [0, 1, 31, 32, 33, bytes.count / 2, bytes.count - 1] {
      try put(Array(bytes[..<count]))
      #expect(cache.load() == nil)
    }
    try put(bytes + [0])
    #expect(try !start().isFromCache)
    try FileManager.default.removeItem(atPath: path)
    #expect(cache.load() == nil)
    try Data(bytes).write(to: URL(fileURLWithPath: path + ".elsewhere"))
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + ".elsewhere")
    #expect(cache.load() == nil)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(cache.load() == nil)
    let (gate, isFromCache) = try start()
    #expect(!isFromCache)
    try expectAnswersOfAFold(gate)
  }

  @Test("forged under any key but the root key's opens no door")
  func forged() throws {
    let stolen = SecretBytes("thief-secret-of-no-key-at-all")
    let good = try story.secret("billing 2")
    let (old, new) = (fingerprint(good), fingerprint(stolen))
    var forged = Data(try contents().dropLast(32))
    let place = try #require(forged.range(of: Data(old)))
    forged.replaceSubrange(place, with: new)
    for key in [[], [UInt8](repeating: 0, count: 32), Array("keyledger/index-cache/v1".utf8)] as [[UInt8]] {
      try put(Array(forged) + HMAC.sha256(key: key, Array(forged)).bytes)
      let (gate, isFromCache) = try start()
      #expect(!isFromCache)
      #expect(try gate.answer(GateQuestion(stolen)).outcome == .unknown)
      #expect(try gate.answer(GateQuestion(good)).outcome == .valid)
    }
  }

  /// As a row of the cache has it: four words, each little-endian.
  private func fingerprint(_ secret: SecretBytes) -> [UInt8] {
    let bytes = secret.withBytes { SHA256.hash($0).bytes }
    return stride(from: 0, to: 32, by: 8).flatMap { bytes[$0..<$0 + 8].reversed() }
  }

  @Test("of another root key, or none, is none")
  func otherRootKey() throws {
    try story.ledger.losingTheRootKey { #expect(cache.load() == nil) }
    #expect(cache.load() != nil)
    let root = story.ledger.directory.rootKeyPath
    let text = try String(contentsOfFile: root, encoding: .utf8)
    let other = String(text.map { $0 == "0" ? "1" : $0 == "1" ? "0" : $0 })
    try Data(other.utf8).write(to: URL(fileURLWithPath: root))
    #expect(text != other && cache.load() == nil)
  }

  @Test("of another ledger under the same root key is none")
  func otherLedger() throws {
    let other = LedgerID(ulid: ULID(bits: story.ledger.founding.ledger.ulid.bits ^ 1))
    #expect(IndexCache(story.ledger.directory, of: other).load() == nil)
    #expect(cache.load() != nil)
  }

  @Test("newer than a ledger that was put back counts for nothing")
  func rewound() throws {
    let old = try copy("rewound")
    try story.ledger.run(.changePlan(.scale))
    let made = try story.ledger.run(
      .createKey(environment: "staging", name: "Lost", description: "", scope: ["customers:read"]))
    try save(in: story.ledger.directory)
    try FileManager.default.removeItem(atPath: old.indexCache)
    try FileManager.default.copyItem(atPath: path, toPath: old.indexCache)
    let (gate, isFromCache) = try start(in: old)
    #expect(!isFromCache)
    #expect(try gate.answer(GateQuestion(made.secret(of: made.onlyKey))).outcome == .unknown)
    try expectAnswersOfAFold(try start().gate)
  }

  @Test("of a log that went another way, with the same ledger id and root key, counts for nothing")
  func forked() throws {
    let fork = try copy("forked")
    let other = try LedgerService(fork, clock: story.ledger.clock)
    _ = try other.submit(
      Request(.revokeKey(key: try story.key("billing 2")), by: .operator(ReadingLedger.you)))
    other.close()
    try save(in: fork)
    // Here the key lives, and the log is as long and longer.
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: fork.indexCache, toPath: path)
    try story.ledger.run(.changePlan(.scale))
    for _ in 0..<2 {
      let (gate, isFromCache) = try start()
      #expect(!isFromCache)
      #expect(try gate.answer(GateQuestion(story.secret("billing 2"))).outcome == .valid)
      try story.ledger.run(.changePlan(.starter))
    }
  }
}
