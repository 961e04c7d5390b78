import KeyLedger
import Testing

@Suite struct LedgerCommandTests {
  private static let held = TreeHead(size: 17, root: hash(17))
  private static let shown = TreeHead(size: 20, root: hash(20))
  private static let shorter: @Sendable (inout World) -> Void = { $0.restoration = (held, shown) }

  static let refusals: [Refused] = [
    Refused("a resource twice", .alreadyExists, resource("customers")),
    Refused("no slug", .badSlug, resource("Invoices")),
    Refused("an empty slug", .badSlug, resource("")),
    Refused("the sixty-fifth resource", .limitReached, resource("r64")) { world in
      for number in world.ledger.resources.count..<64 { world.must(resource("r\(number)")) }
    },
    Refused("nothing to accept", .notRestored, .acceptRestored(reason: "disk died")),
    Refused("no reason", .badText, .acceptRestored(reason: ""), given: shorter),
    Refused("a long reason", .badText, .acceptRestored(reason: String(repeating: "r", count: 501)), given: shorter),
    Refused("an owner accepts", .forbidden, .acceptRestored(reason: "disk died"), by: .user(Stage.ada), given: shorter),
    Refused("full access accepts", .forbidden, .acceptRestored(reason: "x"), by: .key(Stage.full), given: shorter),
  ]

  static let allowed: [Allowed] = [
    Allowed("to starter", .changePlan(.starter)) { _ in [ledger(.planChanged(before: .scale, after: .starter))] },
    Allowed("the same plan", .changePlan(.scale)) { _ in [] },
    Allowed("a resource", resource("invoices")) { _ in
      [ledger(.resourceAdded(Resource(name: slug("invoices"), clientReadable: false, readOnly: false)))]
    },
    Allowed("a resource for clients", .addResource(name: "invoices", clientReadable: true, readOnly: true)) { _ in
      [ledger(.resourceAdded(Resource(name: slug("invoices"), clientReadable: true, readOnly: true)))]
    },
    Allowed("the sixty-fourth resource", resource("r63")) { world in
      for number in world.ledger.resources.count..<63 { world.must(resource("r\(number)")) }
    } appends: { _ in
      [ledger(.resourceAdded(Resource(name: slug("r63"), clientReadable: false, readOnly: false)))]
    },
    Allowed("accept a shorter ledger", .acceptRestored(reason: "disk died"), given: shorter) { _ in
      [ledger(.ledgerRestored(Restoration(size: 17, root: hash(17), shown: shown, reason: "disk died")))]
    },
    Allowed("accept one with no guard", .acceptRestored(reason: "moved")) {
      $0.restoration = (held, nil)
    } appends: {
      _ in
      [ledger(.ledgerRestored(Restoration(size: 17, root: hash(17), shown: nil, reason: "moved")))]
    },
  ]

  @Test(arguments: refusals) func `a command about the ledger is refused, appends nothing and says why`(row: Refused) {
    row.check()
  }

  @Test(arguments: allowed) func `a command about the ledger appends exactly its events`(row: Allowed) { row.check() }

  @Test(arguments: Plan.allCases) func `founding makes a ledger, and its first owner when there is one`(plan: Plan) {
    let created = Draft(.ledger, .ops, .ledgerCreated(plan: plan, resources: LedgerState.initialResources))
    #expect(Decider.found(plan: plan, by: .ops, owner: nil) == [created])
    let owner = NewUser(id: userID(1), commitment: hash(1), token: hash(2))
    let added = Draft(.user(userID(1)), .ops, .userAdded(commitment: hash(1), role: .owner, token: hash(2)))
    #expect(Decider.found(plan: plan, by: .ops, owner: owner) == [created, added])
  }

  @Test func `the plan starter stops new scoped keys and nothing else`() throws {
    var world = Stage.base
    world.must(.changePlan(.starter))
    #expect { try world.run(Stage.create("x", "customers:read")) } throws: {
      ($0 as? Refusal)?.code == .planRequired
    }
    for command in [
      rotate(Stage.full), rotate(Stage.worker), changeScope(Stage.reader, "coupons:read"),
      rename(Stage.reader, to: "x"),
      reveal(Stage.reader), revoke(Stage.reader), .provisionEnvironment("test"),
    ] { world.must(command) }
  }

  private static func resource(_ name: String) -> Command {
    .addResource(name: name, clientReadable: false, readOnly: false)
  }
  private static func ledger(_ data: EventData) -> Draft { Draft(.ledger, .ops, data) }
}
