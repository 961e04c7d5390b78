import EventLog
import Foundation
import KeyLedger
import Testing

@testable import LedgerService

/// A dry run says what would happen, and nothing has.
@Suite struct RehearsalTests {
  private let create = Command.createKey(
    environment: "testing", name: "n", description: "", scope: ["read_only", "api_keys_write"])

  private func rehearse(_ writer: Writer, _ requests: [Request]) throws -> [Result<Outcome, Refusal>] {
    var results: [Result<Outcome, Refusal>] = []
    try writer.rehearse { execute in results = requests.map(execute) }
    return results
  }

  @Test func `Commands see each other and all is undone`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let size = try ledger.size()
    let add = Request.ask(.addUser(handle: "bob@example.com", role: .member))
    let results = try rehearse(
      writer,
      [
        .ask(.provisionEnvironment("testing")), .ask(create), .ask(.provisionEnvironment("testing")), add, add,
        .ask(.removeUser(user: "bob@example.com")), .ask(.forgetUser(user: "bob@example.com")), add,
      ])
    #expect(results.map(code) == [nil, nil, .alreadyExists, nil, .handleInUse, nil, nil, nil])
    let events = results.compactMap { try? $0.get() }.flatMap(\.events)
    #expect(events.map(\.event.sequence) == Array(size + 1...size + UInt64(events.count)))
    #expect(try ledger.size() == size)
    #expect(writer.refusal(create) == .notFound)
    #expect(writer.refusal(.endToken(user: "bob@example.com")) == .notFound)
    try writer.operate(.provisionEnvironment("testing"))
  }

  @Test func `A new key acts at once, and is gone afterwards`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("testing")
    var key: KeyState?
    let create = create
    try writer.rehearse { execute in
      key = try? execute(.ask(create)).get().key
      guard let key else { return }
      let byKey = Credential.key(key.environment, key.id)
      let again = execute(
        .ask(
          .createKey(environment: "testing", name: "m", description: "", scope: ["read_only"]), by: byKey))
      #expect(code(again) == nil)
    }
    let gone = try #require(key)
    #expect(writer.refusal(create, by: .key(gone.environment, gone.id)) == .forbidden)
  }

  @Test(arguments: CommandName.allCases)
  func `No secret is told and the vault stays as it is, byte for byte`(_ name: CommandName) throws {
    let stage = try Stage()
    let before = try vaultBytes(stage.ledger)
    let result = try rehearse(stage.writer, [stage.request(name)])[0]
    let outcome = try result.get()
    #expect(!outcome.events.isEmpty)
    #expect(outcome.secrets.isEmpty && outcome.secret == nil)
    #expect(try vaultBytes(stage.ledger) == before)
    // And what was rehearsed is done as it was said.
    let done = try stage.writer.one(stage.request(name))
    #expect(done.events.map(\.event.data.kind) == outcome.events.map(\.event.data.kind))
    #expect(done.events.map(\.event.sequence) == outcome.events.map(\.event.sequence))
  }

  private func vaultBytes(_ ledger: TestLedger) throws -> [[UInt8]] {
    let files = try ledger.files()
    return ["vault.sqlite", "vault.sqlite-wal"].map { files[$0] ?? [] }
  }

  @Test func `A rehearsal takes no idempotency key, and knows those that are taken`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("testing")
    let taken = try writer.operate(create, key: "taken")
    let add = Command.addUser(handle: "bob@example.com", role: .member)
    let results = try rehearse(
      writer,
      [
        .ask(create, key: "taken"), .ask(add, key: "taken"), .ask(create, key: "free"), .ask(create, key: "free"),
        .ask(add, key: "user"), .ask(add, key: "user"),
      ])
    #expect(results.map(code) == [nil, .idempotencyMismatch, nil, nil, nil, nil])
    #expect(results.compactMap { try? $0.get() }.map(\.repeated) == [true, false, true, false, true])
    #expect(try results[0].get().ids == taken.ids)
    #expect(try !writer.operate(create, key: "free").repeated)
    #expect(try !writer.operate(add, key: "user").repeated)
  }

  @Test func `The service rehearses on its writer's thread`() throws {
    let ledger = try TestLedger()
    let service = try LedgerService(ledger.directory, clock: ledger.clock)
    defer { service.close() }
    let create = create
    let lines = Counter()
    try service.rehearse { execute in
      for request in [Request.ask(.provisionEnvironment("testing")), .ask(create), .ask(.provisionEnvironment("Bad"))] {
        lines.add(code(execute(request))?.rawValue ?? "done")
      }
    }
    #expect(lines.all == ["done", "done", "bad_slug"])
    #expect(try ledger.size() == 2)
  }
}

extension EventData {
  /// Its case, without what it holds.
  fileprivate var kind: String { String("\(self)".prefix { $0 != "(" }) }
}
