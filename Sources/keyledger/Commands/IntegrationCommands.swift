import Formats
import KeyLedger
import LedgerService

enum IntegrationCommands {
  static let group = CommandGroup(
    "integration", "Third parties, each with a key of its own",
    [
      CommandSpec(
        path: ["integration", "connect"], summary: "Connect an integration: it gets a key with a fixed scope",
        arguments: [name], options: [EnvironmentCommands.option, KeyChanges.scope], effect: .changes,
        examples: ["keyledger integration connect salesforce --env production --scope customers:read"], run: connect),
      CommandSpec(
        path: ["integration", "disconnect"], summary: "Disconnect an integration: its keys end at once",
        arguments: [name], options: [EnvironmentCommands.option], effect: .changes,
        examples: ["keyledger integration disconnect salesforce --env production"], run: disconnect),
      CommandSpec(
        path: ["integration", "list"], summary: "List the integrations of an environment, newest first",
        options: [EnvironmentCommands.option], effect: .reads,
        examples: ["keyledger integration list --env production"], run: list),
    ])

  private static let name = ArgumentSpec(name: "NAME", help: "the integration's name, such as salesforce")

  private static func connect(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let command = Command.connectIntegration(
      name: invocation.argument("NAME"), environment: invocation.required("env"), scope: invocation.words("scope"))
    return try session.change(
      command,
      ChangeView(
        headline: { "Connected \($0["integration"]?.text("name") ?? "")." },
        bare: { [$0["key"]?.text("id") ?? ""] },
        facts: { details, json, page in
          guard let key = json["key"] else { return }
          KeyView.fill(&details, key, page)
          details.add("Scope", lines: KeyView.scope(key))
        },
        hints: { KeyChanges.secretHint($0["key"] ?? .null) },
        unshown: { KeyChanges.unshown($0["key"] ?? .null) }))
  }

  private static func disconnect(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let command = Command.disconnectIntegration(
      name: invocation.argument("NAME"), environment: invocation.required("env"))
    return try session.change(
      command,
      ChangeView(
        headline: { "Disconnected \($0["integration"]?.text("name") ?? ""). Requests with its keys now get 401." },
        bare: { [$0["integration"]?.text("name") ?? ""] }))
  }

  private static func list(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let environment = try reading.queries.environment(invocation.required("env"), at: reading.moment).id
    var all: [JSON] = []
    for one in try reading.queries.integrations(environment: environment.text, at: reading.moment) {
      let newest = try reading.shapes.newestKey(of: one, in: environment)
      all.append(reading.shapes.integration(one, in: environment, newestKey: newest))
    }
    return reading.list("integrations", all, empty: "No integration yet.", bare: "name") { table(all, on: $0) }
  }

  private static func table(_ all: [JSON], on page: Page) -> [String] {
    var table = TextTable([
      TextTable.Column(title: "NAME", yields: 1, least: 8), TextTable.Column(title: "STATUS", yields: 2),
      TextTable.Column(title: "SCOPE", yields: 4, least: 12), TextTable.Column(title: "CONNECTED", yields: 5),
      TextTable.Column(title: "NEWEST KEY", yields: 3, least: TextTable.leastID, keepsEnd: true),
    ])
    for one in all {
      let isConnected = one.text("status") == "connected"
      table.add([
        Styled(one.text("name"), .strong),
        isConnected ? Styled("● connected", .good) : Styled("○ disconnected", .quiet),
        Styled(one.texts("scope").joined(separator: " ")),
        Styled(one.time("connected_at").map { page.times.short($0) } ?? ""), Styled(one.text("key"), .quiet),
      ])
    }
    return table.lines(on: page)
  }
}
