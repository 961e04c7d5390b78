import Cryptography
import EventLog
import KeyLedger
import SeededRandom
import Testing

@testable import LedgerService

/// Legacy secrets go on working as they are.
@Suite struct MigrationTests {
  private let client = SecretBytes(Array("client-legacy-Xk2vQ9zX7mB2tR5w".utf8))
  private let server = SecretBytes(Array("qT7nWb3kLx9VrE5mZc2pYs8dHj4gUf".utf8))

  private func migrate(
    _ environment: String, client: SecretBytes? = nil, server: SecretBytes? = nil, hashed: Bool = false,
    allowWeak: Bool = false
  ) -> Request {
    func token(_ secret: SecretBytes?) -> LegacyToken? {
      guard let secret else { return nil }
      if hashed { return SecretForm.legacyToken(sha256: secret.withBytes(SecretForm.fingerprint).hex) }
      return secret.withBytes(SecretForm.legacyToken)
    }
    var request = Request.ask(
      .migrateEnvironment(environment, client: token(client), server: token(server), allowWeak: allowWeak))
    if !hashed { request.legacySecrets = LegacySecrets(client: client, server: server) }
    return request
  }

  private func keys(_ outcome: Outcome) throws -> (full: KeyState, publishable: KeyState) {
    guard case .environment(_, let keys) = outcome.answer, keys.count == 2 else {
      throw Refusal(.notFound, "no two keys in the answer")
    }
    return (keys[0], keys[1])
  }

  @Test(arguments: [(true, true), (true, false), (false, true)], [false, true])
  func `What is given becomes the default key, what is not is generated`(_ given: (Bool, Bool), hashed: Bool) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let request = migrate("old", client: given.0 ? client : nil, server: given.1 ? server : nil, hashed: hashed)
    let outcome = try writer.one(request)
    let (full, publishable) = try keys(outcome)
    #expect(full.kind == .fullAccess && publishable.kind == .publishable)
    for (key, secret, isGiven) in [(full, server, given.1), (publishable, client, given.0)] {
      #expect(key.migrated == isGiven)
      #expect((key.fingerprint == secret.withBytes(SecretForm.fingerprint)) == isGiven)
      // A generated secret is told once; a legacy one stays where it came from.
      #expect((outcome.secrets[key.id] == nil) == isGiven)
      #expect(key.revealable == !(isGiven && hashed))
      let reveal = Command.revealKey(key: key.id.description)
      if isGiven, hashed {
        #expect(writer.refusal(reveal) == .secretUnavailable)
      } else {
        let told = try #require(writer.operate(reveal).secret)
        let expected = isGiven ? secret : try #require(outcome.secrets[key.id])
        #expect(told.withBytes { told in expected.withBytes { told == $0 } })
      }
      #expect(
        key.masked.hasPrefix(
          isGiven ? (hashed || key.kind == .fullAccess ? "\u{2022}" : "client-\u{2022}") : key.kind.keyClass.rawValue))
    }
    #expect(outcome.events.map(\.event.actor) == [.operator(TestLedger.root), .system, .system])
  }

  @Test func `The same again changes nothing, also given as hashes, also after rotating`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let first = try writer.one(migrate("old", client: client, server: server))
    for request in [
      migrate("old", client: client, server: server), migrate("old", client: client, server: server, hashed: true),
    ] {
      let again = try writer.one(request)
      #expect(again.events.isEmpty && !again.repeated)
      #expect(again.ids == first.ids)
    }
    try writer.operate(.rotateKey(key: try keys(first).full.id.description, grace: "now"))
    #expect(try ledger.writer().one(migrate("old", client: client, server: server)).ids == first.ids)
  }

  @Test func `Other tokens for the same environment are refused`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.one(migrate("old", client: client, server: server))
    try writer.operate(.provisionEnvironment("plain"))
    let other = SecretBytes(Array("Zp8rTq4wXn6vBm3kLs9dFg2hJy7cRe".utf8))
    let requests = [
      migrate("old", client: client), migrate("old", server: server), migrate("old", client: server, server: client),
      migrate("old", client: client, server: other), migrate("plain", server: other),
    ]
    #expect(writer.run(requests).map(code) == requests.map { _ in .alreadyExists })
  }

  @Test func `A secret that is in the ledger already is refused wherever it is`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let provisioned = try writer.operate(.provisionEnvironment("production"))
    let generated = try #require(provisioned.secrets.values.first)
    let (scoped, scopedSecret) = try writer.makeKey("production", ["read_only"])
    try writer.operate(.revokeKey(key: scoped.id.description))
    try writer.one(migrate("old", client: client, server: server))
    let taken = [client, server, generated, scopedSecret]
    for secret in taken { #expect(code(writer.run([migrate("new", server: secret)])[0]) == .tokenInLedger) }
    for secret in taken {
      #expect(code(try ledger.writer().run([migrate("new", client: secret)])[0]) == .tokenInLedger)
    }
    // Within one batch, and by another writer in between.
    let other = SecretBytes(Array("Zp8rTq4wXn6vBm3kLs9dFg2hJy7cRe".utf8))
    let batch = writer.run([
      migrate("one", server: other), migrate("two", server: other), migrate("two", client: other),
    ])
    #expect(batch.map(code) == [nil, .tokenInLedger, .tokenInLedger])
    let third = SecretBytes(Array("Nf5xUa8bQw2cVe9rMt3yKi6oLp4sDj".utf8))
    try ledger.writer().one(migrate("three", server: third))
    #expect(code(writer.run([migrate("four", server: third)])[0]) == .tokenInLedger)
  }

  @Test func `Weak tokens are refused unless they are allowed`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    for weak in ["short", "password-password-password", "aaaaaaaaaaaaaaaaaaaaaaaa", "123456789012345678901234"] {
      let secret = SecretBytes(Array(weak.utf8))
      #expect(code(writer.run([migrate("weak", server: secret)])[0]) == .tokenTooWeak, "\(weak)")
    }
    let weak = SecretBytes(Array("short".utf8))
    let outcome = try writer.one(migrate("weak", server: weak, allowWeak: true))
    #expect(try keys(outcome).full.fingerprint == weak.withBytes(SecretForm.fingerprint))
    // Its strength cannot be told from a hash.
    let hashed = SecretBytes(Array("shorter".utf8))
    #expect(code(writer.run([migrate("hashed", server: hashed, hashed: true)])[0]) == nil)
  }

  @Test(arguments: [0, 513, 4_096])
  func `A token that nobody could present is refused, weak ones allowed or not`(_ length: Int) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    var random = SplitMix64(7)
    let token = SecretBytes((0..<length).map { _ in UInt8.random(in: 0x21...0x7E, using: &random) })
    for allowWeak in [false, true] {
      let refusals = writer.run([
        migrate("odd", server: token, allowWeak: allowWeak), migrate("odd", client: token, allowWeak: allowWeak),
      ])
      #expect(refusals.map(code) == [.badText, .badText])
    }
    #expect(try ledger.size() == 2)
  }

  @Test func `The same token twice, and none at all, are refused`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    #expect(code(writer.run([migrate("odd", client: client, server: client)])[0]) == .sameToken)
    #expect(code(writer.run([migrate("odd")])[0]) == .badUsage)
  }

  @Test(arguments: [
    "", "abc", String(repeating: "g", count: 64), String(repeating: "A", count: 65),
    // Of nothing at all: whoever presents no secret would be let in.
    SHA256.hash([]).hex,
  ])
  func `A hash that is none is no token`(_ text: String) {
    #expect(SecretForm.legacyToken(sha256: text) == nil)
  }
}

extension Hash256 {
  fileprivate var hex: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
