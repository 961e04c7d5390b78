import Formats
import KeyLedger

/// Keys as people read them: from the shape of a key.
enum KeyView {
  /// A word and a shape, then a colour: ● active, ◐ expires in 3 h, ○ expired.
  static func status(_ key: JSON, _ times: HumanTime) -> Styled {
    switch key.text("status") {
    case "active": return Styled("● active", .good)
    case "expiring":
      let end = key.time("expires_at")
      return Styled("◐ expires " + (end.map { times.ahead($0) } ?? "soon"), .soon)
    default:
      let reason = key.text("expired_because")
      return Styled("○ expired" + (reason.isEmpty ? "" : ", " + reason.replacingUnderscores), .quiet)
    }
  }

  static func table(_ keys: [JSON], on page: Page) -> [String] {
    let isMixed = Set(keys.map { $0.text("environment") }).count > 1
    var table = TextTable(
      [
        TextTable.Column(title: "NAME", yields: 1, least: 12),
        TextTable.Column(title: "STATUS", yields: 2),
        TextTable.Column(title: "KEY", yields: 4),
        TextTable.Column(title: "TYPE", yields: 6),
      ] + (isMixed ? [TextTable.Column(title: "ENVIRONMENT", yields: 5, least: 6)] : []) + [
        TextTable.Column(title: "CREATED", yields: 7),
        TextTable.Column(title: "ID", yields: 3, least: TextTable.leastID, keepsEnd: true),
      ])
    for key in keys {
      let environment = isMixed ? [Styled(key.text("environment"))] : []
      table.add(
        [
          Styled(key.text("name"), .strong), status(key, page.times), Styled(key.text("masked")),
          Styled(key.text("type")),
        ] + environment + [
          Styled(key.time("created_at").map { page.times.short($0) } ?? ""), Styled(key.text("id"), .quiet),
        ])
    }
    return table.lines(on: page) + ["", page.quiet(counts(keys))]
  }

  private static func counts(_ keys: [JSON]) -> String {
    let words = [("active", "active"), ("expiring", "expiring soon"), ("expired", "expired")]
    let counts = words.compactMap { status, words in
      let count = keys.count { $0.text("status") == status }
      return count > 0 ? "\(count) \(words)" : nil
    }
    return counts.joined(separator: ", ")
  }

  static func details(_ key: JSON, _ people: People, on page: Page) -> Details {
    var details = Details(Styled(key.text("name"), .strong), status(key, page.times))
    fill(&details, key, page)
    details.add(
      "Created", key.time("created_at").map { page.times.long($0) + " by " + people.shown(key.text("created_by")) })
    if let end = key.time("expires_at") {
      details.add(key.text("status") == "expiring" ? "Expires" : "Ended", page.times.long(end))
    }
    details.add("Replaces", key.text("predecessor"))
    details.add("Replaced by", key.text("successor"))
    details.add("Integration", key.text("integration"))
    details.add("Scope", lines: scope(key))
    details.add("Last used", lastUsed(key["last_used"], page))
    if !key.isTrue("revealable") { details.add("Secret", "migrated as its SHA-256: it can't be revealed") }
    details.add("Fingerprint", key.text("fingerprint"))
    details.add(
      "Revision", "\(key["revision"]?.integer ?? 0), last changed by event \(key["last_event"]?.integer ?? 0)")
    return details
  }

  /// What is said of a key wherever it is shown at length.
  static func fill(_ details: inout Details, _ key: JSON, _ page: Page) {
    details.add("Id", key.text("id"))
    details.add("Key", key["secret"] == nil ? key.text("masked") : nil)
    details.add("Secret", key["secret"]?.string.map { Styled($0, .strong) })
    details.add("Environment", key.text("environment"))
    let kind = key.text("kind") == "scoped" ? "" : ", " + key.text("kind").replacingUnderscores
    details.add("Type", "\(key.text("type"))\(kind) (\(key.text("class")))")
    details.add("Description", key.text("description"))
  }

  static func scope(_ key: JSON) -> [String] {
    let scope = key.texts("scope")
    return scope == ["*"] ? ["everything in \(key.text("environment")), now and in the future"] : scope
  }

  private static func lastUsed(_ use: JSON?, _ page: Page) -> String? {
    guard let use, !use.isNull else { return nil }
    guard let time = use.time("at") else {
      return "never since " + (use.time("since").map { page.times.long($0) } ?? "")
    }
    return page.times.long(time) + ", \(use["count"]?.integer ?? 0) times"
  }
}

extension String {
  /// "full access" for `full_access`.
  var replacingUnderscores: String { String(map { $0 == "_" ? " " : $0 }) }
}
