import Formats
import KeyLedger
import LedgerService

enum EnvironmentCommands {
  static let group = CommandGroup(
    "env", "Environments, each with its own isolated keys",
    [
      CommandSpec(
        path: ["env", "create"], summary: "Provision an environment with its two default keys",
        arguments: [environment],
        effect: .changes, examples: ["keyledger env create production"], run: create),
      CommandSpec(
        path: ["env", "list"], summary: "List environments, newest first", effect: .reads,
        examples: ["keyledger env list"], run: list),
      CommandSpec(
        path: ["env", "show"], summary: "Show an environment", arguments: [environment], effect: .reads,
        examples: ["keyledger env show production --at 2026-03-01"], run: show),
      MigrateCommand.spec,
    ])

  static let environment = ArgumentSpec(name: "ENV", help: "the environment", value: .completed(.environments))

  /// The option that most commands about an environment take.
  static let option = OptionSpec.value(
    "env", "ENV", "the environment", of: .completed(.environments), required: true)

  /// An environment that was made, with its two default keys.
  static func view(_ headline: String) -> ChangeView {
    ChangeView(
      headline: { "\(headline) \($0["environment"]?.text("id") ?? "")." },
      bare: { [$0["environment"]?.text("id") ?? ""] },
      facts: { details, json, _ in
        for key in json.list("keys") {
          details.add(key.text("name"), key.text("id"))
          if let secret = key["secret"]?.string { details.add("", Styled(secret, .strong)) }
        }
      },
      hints: { json in
        guard json.list("keys").contains(where: { $0["secret"] != nil }) else { return [] }
        return ["Secrets are shown this once. `keyledger key reveal KEY` shows one again, as an event."]
      })
  }

  private static func create(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    try session.change(.provisionEnvironment(invocation.argument("ENV")), view("Provisioned"))
  }

  private static func list(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let all = try reading.queries.environments(at: reading.moment).map { reading.shapes.environment($0) }
    let people = session.people
    let empty = "No environment yet. `keyledger env create production` makes one."
    return reading.list("environments", all, empty: empty, bare: "id") { page in
      var table = TextTable([
        TextTable.Column(title: "ENVIRONMENT", yields: 0), TextTable.Column(title: "CLIENT-SIDE SECURITY", yields: 1),
        TextTable.Column(title: "INTEGRATIONS", yields: 2, least: 8), TextTable.Column(title: "CREATED", yields: 3),
        TextTable.Column(title: "BY", yields: 4, least: 8),
      ])
      for one in all {
        table.add([
          Styled(one.text("id"), .strong), security(one), Styled(one.texts("integrations").joined(separator: " ")),
          Styled(one.time("created_at").map { page.times.short($0) } ?? ""),
          Styled(people.shown(one.text("created_by"))),
        ])
      }
      return table.lines(on: page)
    }
  }

  static func security(_ environment: JSON) -> Styled {
    environment.isTrue("enforced") ? Styled("● enforced", .good) : Styled("○ not enforced", .quiet)
  }

  private static func show(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let found = try reading.queries.environment(invocation.argument("ENV"), at: reading.moment)
    let json = reading.shapes.shown(reading.shapes.environment(found))
    let keys = try reading.queries.keys(KeyFilter(environment: found.id.text), at: reading.moment)
      .map { reading.shapes.key($0) }
    let people = session.people
    return reading.one(json, bare: [json.text("id")]) { page in
      var details = Details(Styled(json.text("id"), .strong))
      let created = json.time("created_at").map { page.times.long($0) } ?? ""
      details.add("Created", "\(created) by \(people.shown(json.text("created_by")))")
      details.add("Client-side security", security(json))
      details.add("Signing secret", "number \(json["signing_generation"]?.integer ?? 0)")
      details.add("Integrations", json.texts("integrations").joined(separator: ", "))
      return details.lines(on: page) + [""] + KeyView.table(keys, on: page)
    }
  }
}
