import Cryptography
import EventLog
import KeyLedger
import Testing

@testable import LedgerService

/// A repeat answers with what the first time did, and does nothing.
@Suite struct IdempotencyTests {
  private let other = Command.addResource(name: "something_else", clientReadable: false, readOnly: false)

  @Test(arguments: CommandName.allCases)
  func `A repeat answers the same ids and no secret, whatever the command`(_ name: CommandName) throws {
    let stage = try Stage()
    let first = try stage.writer.one(stage.request(name, key: "once"))
    #expect(!first.events.isEmpty && !first.repeated)
    let size = try stage.ledger.size()
    stage.ledger.clock.advance(60_000)

    let again = try stage.writer.one(stage.request(name, key: "once"))
    #expect(again.repeated)
    #expect(again.ids == first.ids)
    #expect(again.events.map(\.record) == first.events.map(\.record))
    #expect(again.events.map(\.leafHash) == first.events.map(\.leafHash))
    #expect(again.secrets.isEmpty && again.secret == nil)
    #expect(again.asOf.sequence == size)
    #expect(try stage.ledger.size() == size)
  }

  @Test(arguments: CommandName.allCases)
  func `Another request with the same key is a mismatch, whatever the command`(_ name: CommandName) throws {
    let stage = try Stage()
    try stage.writer.one(stage.request(name, key: "once"))
    let size = try stage.ledger.size()
    #expect(stage.writer.refusal(other, key: "once") == .idempotencyMismatch)
    #expect(try stage.ledger.size() == size)
    // And the other way round: the key that was used for something else refuses each.
    let second = try Stage()
    try second.writer.operate(other, key: "once")
    #expect(code(second.writer.run([second.request(name, key: "once")])[0]) == .idempotencyMismatch)
  }

  @Test func `A key belongs to its actor`() throws {
    let stage = try Stage()
    let (here, _) = try stage.writer.makeKey("production", ["read_only", "api_keys_write"])
    let create = stage.command(.createKey)
    let actors: [Credential] = [
      .operator(TestLedger.root), .operator(try #require(OperatorName("other"))), stage.ledger.asOwner,
      .key(here.environment, here.id),
    ]
    var ids: Set<[String]> = []
    for actor in actors {
      let outcome = try stage.writer.one(.ask(create, by: actor, key: "once"))
      #expect(!outcome.repeated)
      ids.insert(outcome.ids)
    }
    #expect(ids.count == actors.count)
    for actor in actors {
      let outcome = try stage.writer.one(.ask(create, by: actor, key: "once"))
      #expect(outcome.repeated)
      #expect(ids.contains(outcome.ids))
    }
  }

  @Test func `A repeat in the same batch is one`() throws {
    let stage = try Stage()
    let size = try stage.ledger.size()
    let results = stage.writer.run([
      stage.request(.createKey, key: "once"), stage.request(.createKey, key: "once"), .ask(other, key: "once"),
      stage.request(.addUser, key: "twice"), stage.request(.addUser, key: "twice"),
    ])
    #expect(results.map(code) == [nil, nil, .idempotencyMismatch, nil, nil])
    #expect(try results[1].get().repeated && results[1].get().ids == results[0].get().ids)
    #expect(try results[4].get().repeated && results[4].get().ids == results[3].get().ids)
    #expect(try stage.ledger.size() == size + 2)
  }

  @Test func `Another writer knows it at once`() throws {
    let stage = try Stage()
    let there = try stage.ledger.writer()
    // Both have looked already, so what follows they see only as it is appended.
    try stage.writer.operate(.changePlan(.starter), key: "warm")
    try there.operate(.changePlan(.scale), key: "warm too")
    let first = try stage.writer.one(stage.request(.createKey, key: "once"))
    let again = try there.one(stage.request(.createKey, key: "once"))
    #expect(again.repeated && again.ids == first.ids)
    #expect(there.refusal(other, key: "once") == .idempotencyMismatch)
  }

  @Test func `The order of permissions says nothing, their choice does`() throws {
    let stage = try Stage()
    func create(_ scope: [String]) -> Command {
      .createKey(environment: "production", name: "n", description: "", scope: scope)
    }
    let first = try stage.writer.operate(create(["coupons:read", "customers:write", "read_only"]), key: "once")
    let again = try stage.writer.operate(create(["read_only", "customers:write", "coupons:read"]), key: "once")
    #expect(again.repeated && again.ids == first.ids)
    #expect(stage.writer.refusal(create(["coupons:read", "customers:write"]), key: "once") == .idempotencyMismatch)
  }

  @Test func `A new user's handle counts, until it is forgotten`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let add = Command.addUser(handle: "eve@example.com", role: .member)
    let first = try writer.operate(add, key: "once")
    #expect(writer.refusal(.addUser(handle: "mallory@example.com", role: .member), key: "once") == .idempotencyMismatch)
    #expect(writer.refusal(.addUser(handle: "eve@example.com", role: .owner), key: "once") == .idempotencyMismatch)
    #expect(try writer.operate(add, key: "once").ids == first.ids)
    try writer.operate(.removeUser(user: "eve@example.com"))
    #expect(try writer.operate(add, key: "once").ids == first.ids)
    try writer.operate(.forgetUser(user: "eve@example.com"))
    #expect(writer.refusal(add, key: "once") == .idempotencyMismatch)
    #expect(try ledger.writer().refusal(add, key: "once") == .idempotencyMismatch)
  }

  @Test func `A user by id and by handle is the same request`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let id = try writer.addUser("bob@example.com")
    try writer.operate(.changeRole(user: "bob@example.com", role: .readOnly), key: "once")
    #expect(try writer.operate(.changeRole(user: id.description, role: .readOnly), key: "once").repeated)
  }

  @Test func `What appended nothing is not remembered`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let same = try writer.operate(.changePlan(.scale), key: "once")
    #expect(same.events.isEmpty && !same.repeated)
    #expect(writer.refusal(.provisionEnvironment("Bad"), key: "once") == .badSlug)
    let first = try writer.operate(.provisionEnvironment("production"), key: "once")
    #expect(!first.repeated)
    #expect(try writer.operate(.provisionEnvironment("production"), key: "once").repeated)
  }

  @Test func `A repeat is recognised after who may, and before whether the target is there`() throws {
    let stage = try Stage()
    let (key, _) = try stage.writer.makeKey("production", ["read_only", "api_keys_write"])
    let byKey = Credential.key(key.environment, key.id)
    try stage.writer.one(.ask(stage.command(.createKey), by: byKey, key: "once"))
    // A target that is not there does not hide that the key was used for something else.
    let nowhere = Command.revokeKey(key: KeyID(time: stage.ledger.clock.now(), randomness: 1).description)
    #expect(stage.writer.refusal(nowhere, by: byKey, key: "once") == .idempotencyMismatch)
    #expect(stage.writer.refusal(nowhere, by: byKey, key: "fresh") == .notFound)
    try stage.writer.operate(.changeScope(key: key.id.description, scope: ["read_only"]))
    #expect(stage.writer.refusal(stage.command(.createKey), by: byKey, key: "once") == .forbidden)
    // A repeat needs no plan and no free name either.
    let provisioned = try stage.writer.one(stage.request(.provision, key: "env"))
    #expect(try stage.writer.one(stage.request(.provision, key: "env")).ids == provisioned.ids)
  }

  @Test(arguments: ["", String(repeating: "k", count: 256), "caf\u{e9}", "a\u{7f}", "a\nb", "\u{0}"])
  func `A key that is none is refused before anything else is looked at`(_ bad: String) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    #expect(writer.refusal(.provisionEnvironment("production"), key: bad) == .badUsage)
    let nobody = Credential.user(UserID(time: ledger.clock.now(), randomness: 9), token: ledger.ownerToken)
    #expect(writer.refusal(.provisionEnvironment("production"), by: nobody, key: bad) == .badUsage)
    #expect(writer.refusal(.changePlan(.scale), key: bad) == .badUsage)
    #expect(try ledger.size() == 2)
  }

  @Test(arguments: ["k", String(repeating: "~", count: 255), " spaced out "])
  func `A key of any printable ASCII serves`(_ good: String) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.operate(.provisionEnvironment("production"), key: good)
    #expect(try writer.operate(.provisionEnvironment("production"), key: good).repeated)
  }
}
