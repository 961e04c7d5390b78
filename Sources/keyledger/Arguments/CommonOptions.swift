/// The options that stand anywhere.
enum CommonOptions {
  static let everywhere: [OptionSpec] = [
    .value(
      "data", "DIR", "the ledger's directory ($KEYLEDGER_DATA, else ./keyledger-data)", of: .completed(.directories)),
    OptionSpec(
      name: "output", short: "o", label: "FORMAT", value: .choice(OutputFormat.allCases.map(\.rawValue)),
      help: "table, json or ndjson; a table on a terminal, JSON elsewhere"),
    .flag("quiet", short: "q", "only the bare value: the id of what was made, the secret that was asked for"),
    .value("actor", "NAME", "who does it, as operator:NAME in the log; your login by default"),
    .flag("help", short: "h", "this text"),
  ]

  static let reading: [OptionSpec] = [
    .value("at", "POINT", "as it stood at a time (2026-03-01, -7d, …) or after an event (1204, #1204)"),
    .flag("replay", "answer from the log alone, without the views"),
  ]

  static let rehearsing: [OptionSpec] = [
    .flag("dry-run", "show the events that it would append, and append none")
  ]

  static let changing: [OptionSpec] =
    rehearsing + [
      .value("idempotency-key", "K", "done once, however often it is sent with this key and by this actor")
    ]

  static let all = everywhere + reading + changing

  /// Those that stand anywhere, but for one that means something of its own to the command: `events --actor`.
  static func everywhere(but command: CommandSpec) -> [OptionSpec] {
    everywhere.filter { common in !command.options.contains { $0.name == common.name } }
  }

  /// Those that mean something to a command of this effect, beside the ones that do everywhere.
  static func special(to effect: Effect) -> [OptionSpec] {
    switch effect {
    case .reads: reading
    case .changes: changing
    case .founds, .changesMany: rehearsing
    case .changesWith: changing + reading
    case .maintains, .none: []
    }
  }
}

/// How results are written.
enum OutputFormat: String, Sendable, CaseIterable { case table, json, ndjson }
