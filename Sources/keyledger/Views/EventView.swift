import Formats
import KeyLedger

/// Events of the log and of a key's activity.
enum EventView {
  /// From the records themselves.
  static func table(_ records: [JSON], _ people: People, on page: Page) -> [String] {
    var widths: [Int] = []
    return table(records, people, on: page, widths: &widths)
  }

  /// - Parameter widths: of the tables above it, which this one continues.
  static func table(_ records: [JSON], _ people: People, on page: Page, widths: inout [Int]) -> [String] {
    var table = TextTable([
      TextTable.Column(title: "EVENT", yields: 0, right: true), TextTable.Column(title: "TIME", yields: 3),
      TextTable.Column(title: "TYPE", yields: 0),
      TextTable.Column(title: "OF", yields: 2, least: TextTable.leastID, keepsEnd: true),
      TextTable.Column(title: "BY", yields: 1, least: 8), TextTable.Column(title: "DETAILS", yields: 4, least: 16),
    ])
    for record in records { table.add(row(record, people, page.times)) }
    return table.lines(on: page, widths: &widths)
  }

  private static func row(_ record: JSON, _ people: People, _ times: HumanTime) -> [Styled] {
    let type = record.text("type")
    return [
      Styled(record.text("id")), Styled(record.time("time").map { moment($0) } ?? ""), Styled(type, style(of: type)),
      Styled(subject(record.text("subject"), people)), Styled(people.shown(record.text("actor"))),
      Styled(EventWords.describe(type, record["data"] ?? .null, times)),
    ]
  }

  /// What is added where an answer says on what it rests.
  static let backfill = " It rests on history that was recorded later."

  static func moment(_ time: Instant) -> String { HumanTime.date(time) + " " + HumanTime.clock(time) }

  private static func style(of type: String) -> Styled.Style {
    switch type {
    case "key.revoked", "key.removed", "user.removed", "user.forgotten", "integration.disconnected": .ended
    case "key.rotated", "grace.changed": .soon
    default: .plain
    }
  }

  /// "production/key_01…" for `environments/production/keys/key_01…`; a user by name.
  private static func subject(_ stream: String, _ people: People) -> String {
    switch Stream(stream) {
    case .ledger: "ledger"
    case .user(let id): people.shown("user:\(id)")
    case .environment(let id): id.text
    case .key(let environment, let id): "\(environment)/\(id)"
    case nil: stream
    }
  }

  /// A key's activity, newest first.
  static func activity(_ entries: [JSON], on page: Page) -> [String] {
    let isChain = entries.contains { $0["key"] != nil }
    var table = TextTable(
      [
        TextTable.Column(title: "TIME", yields: 0), TextTable.Column(title: "EVENT", yields: 0),
        TextTable.Column(title: "BY", yields: 1, least: 8),
      ] + (isChain ? [TextTable.Column(title: "KEY", yields: 3, least: TextTable.leastID, keepsEnd: true)] : []) + [
        TextTable.Column(title: "DETAILS", yields: 2, least: 16), TextTable.Column(title: "#", yields: 4, right: true),
      ])
    for entry in entries {
      let name = entry.text("actor_name")
      table.add(
        [
          Styled(entry.time("timestamp").map(moment) ?? ""), Styled(entry.text("event"), style(of: entry.text("type"))),
          Styled(name.isEmpty ? entry.text("actor") : name),
        ] + (isChain ? [Styled(entry.text("key"), .quiet)] : []) + [
          Styled(EventWords.describe(entry.text("type"), entry["details"] ?? .null, page.times)),
          Styled("\(entry["sequence"]?.integer ?? 0)", .quiet),
        ])
    }
    return table.lines(on: page)
  }
}
