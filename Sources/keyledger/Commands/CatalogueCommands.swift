import Formats
import KeyLedger
import LedgerService

/// What permissions speak of, and what the account may do.
enum CatalogueCommands {
  static let resources = CommandGroup(
    "resource", "The resource types that permissions speak of",
    [
      CommandSpec(
        path: ["resource", "add"],
        summary: "Add a resource type; scoped keys must be granted it, full access inherits it",
        arguments: [ArgumentSpec(name: "NAME", help: "such as invoices, in the log for ever")],
        options: [
          .flag("client-readable", "publishable keys may read it, from now on"),
          .flag("read-only", "nobody may be granted to write it"),
        ],
        effect: .changes, examples: ["keyledger resource add invoices --client-readable"], run: add),
      CommandSpec(
        path: ["resource", "list"], summary: "List resource types", effect: .reads,
        examples: ["keyledger resource list"], run: list),
    ])

  static let plan = CommandSpec(
    path: ["plan"], summary: "Show the plan, or change it",
    discussion: ["Creating a scoped key needs the plan scale; everything else works on both."],
    arguments: [
      ArgumentSpec(
        name: "PLAN", help: "the plan to change to", value: .choice(Plan.allCases.map(\.rawValue)), isOptional: true)
    ],
    effect: .changesWith(argument: "PLAN"), examples: ["keyledger plan", "keyledger plan scale"], run: runPlan)

  private static func add(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let command = Command.addResource(
      name: invocation.argument("NAME"), clientReadable: invocation.has("client-readable"),
      readOnly: invocation.has("read-only"))
    return try session.change(
      command,
      ChangeView(
        headline: { "Added \($0["resource"]?.text("name") ?? "")." }, bare: { [$0["resource"]?.text("name") ?? ""] }))
  }

  private static func list(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let all = reading.shapes.resources
    return reading.list("resources", all, empty: "No resource.", bare: "name") { page in
      var table = TextTable([
        TextTable.Column(title: "RESOURCE", yields: 0), TextTable.Column(title: "PUBLISHABLE KEYS", yields: 1),
        TextTable.Column(title: "WRITE", yields: 2), TextTable.Column(title: "ADDED", yields: 3),
      ])
      for one in all {
        table.add([
          Styled(one.text("name"), .strong),
          one.isTrue("client_readable") ? "may read" : Styled("may not read", .quiet),
          one.isTrue("read_only") ? Styled("nobody", .quiet) : "if granted",
          Styled(one.time("added_at").map { page.times.short($0) } ?? ""),
        ])
      }
      return table.lines(on: page)
    }
  }

  private static func runPlan(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    guard let word = invocation.optionalArgument("PLAN") else {
      let reading = try session.reading()
      let json = reading.shapes.shown(reading.shapes.plan(try reading.queries.ledger(at: reading.moment)))
      return reading.one(json, bare: [json.text("plan")]) { _ in [json.text("plan")] }
    }
    guard let plan = Plan(rawValue: word) else { preconditionFailure("the parser lets only plans through") }
    return try session.change(
      .changePlan(plan),
      ChangeView(headline: { "The plan is now \($0.text("plan"))." }, bare: { [$0.text("plan")] }))
  }
}
