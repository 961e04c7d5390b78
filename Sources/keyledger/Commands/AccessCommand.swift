import Formats
import KeyLedger
import LedgerService

/// The access journal: who was let in and who was refused, by a running service.
enum AccessCommand {
  static let spec = CommandSpec(
    path: ["access"], summary: "Show the access journal: operations that were let in or refused, newest first",
    discussion: [
      "The journal is kept by `keyledger serve`, bounded, oldest first out. It is no part of the ledger: losing it loses "
        + "nothing else."
    ],
    options: [
      EnvironmentCommands.option, .value("key", "KEY", "only of a key", of: .completed(.keys)),
      .value(
        "outcome", "OUTCOME", "only of an outcome", of: .suggestion(VerificationOutcome.allCases.map(\.rawValue))),
      .value("since", "T", "from a time on (2026-03-01, -24h)"), .value("until", "T", "before a time"),
      .value("limit", "N", "at most so many"),
    ],
    effect: .reads,
    examples: ["keyledger access --env production --since -1h", "keyledger access --env production --outcome revoked"],
    run: run)

  /// Entries of one page: no read of the journal is long.
  private static let pageEntries = 1_000

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    var filter = AccessFilter(
      environment: invocation.required("env"), key: invocation.value("key"), outcome: invocation.value("outcome"))
    filter.since = try invocation.value("since").map { (text) throws(Refusal) in
      try Point.time(text, now: session.clock.now())
    }
    filter.until = try invocation.value("until").map { (text) throws(Refusal) in
      try Point.time(text, now: session.clock.now())
    }
    let page = try pages(filter, limit: try limit(invocation), reading)
    let json = reading.shapes.access(page)
    let entries = json.list("access")
    return .document(
      Document(json: json, list: "access", bare: entries.map { $0.text("key") }) { shown in
        reading.header(shown) + (entries.isEmpty ? ["No such operation."] : table(entries, on: shown))
          + summary(json, shown)
      })
  }

  private static func limit(_ invocation: Invocation) throws(Refusal) -> Int {
    guard let text = invocation.value("limit") else { return .max }
    guard let number = Decimal.parse(text) else { throw Refusal(.badUsage, "--limit is a number.") }
    return Int(number)
  }

  private static func pages(_ filter: AccessFilter, limit: Int, _ reading: Session.Reading) throws(Refusal)
    -> AccessPage
  {
    var filter = filter
    filter.limit = min(limit, pageEntries)
    var all = try reading.queries.access(filter, at: reading.moment)
    var last = all
    while last.entries.count == filter.limit, all.entries.count < limit, let number = last.entries.last?.number {
      filter.before = number
      filter.limit = min(limit - all.entries.count, pageEntries)
      last = try reading.queries.access(filter, at: reading.moment)
      all = all.continued(by: last)
    }
    return all
  }

  private static func table(_ entries: [JSON], on page: Page) -> [String] {
    var table = TextTable([
      TextTable.Column(title: "TIME", yields: 0), TextTable.Column(title: "OUTCOME", yields: 1),
      TextTable.Column(title: "OPERATION", yields: 4, least: 16),
      TextTable.Column(title: "PERMISSION", yields: 3, least: 8),
      TextTable.Column(title: "KEY", yields: 2, least: TextTable.leastID, keepsEnd: true),
    ])
    for entry in entries {
      let outcome = entry.text("outcome")
      let isValid = outcome == VerificationOutcome.valid.rawValue
      let operation = [entry.text("method"), entry.text("path")].filter { !$0.isEmpty }.joined(separator: " ")
      table.add([
        Styled(entry.time("time").map(EventView.moment) ?? ""),
        isValid ? Styled("● valid", .good) : Styled("○ " + outcome.replacingUnderscores, .ended),
        Styled(TextWidth.harmless(operation)), Styled(entry.text("permission")), Styled(entry.text("key"), .quiet),
      ])
    }
    return table.lines(on: page)
  }

  /// What the list leaves out.
  private static func summary(_ json: JSON, _ page: Page) -> [String] {
    guard let since = json.time("since") else {
      return ["", page.quiet("No journal is kept yet: `keyledger serve` begins one.")]
    }
    var parts = ["The journal began \(page.times.long(since))."]
    for (word, meaning) in [("unknown", "with secrets of no key"), ("malformed", "with what could be no secret")] {
      if let count = json["unlisted"]?[word]?.integer, count > 0 { parts.append("\(count) requests \(meaning).") }
    }
    if let dropped = json["dropped"]?.integer, dropped > 0 { parts.append("\(dropped) operations were not kept.") }
    return ["", page.quiet(parts.joined(separator: " "))]
  }
}
