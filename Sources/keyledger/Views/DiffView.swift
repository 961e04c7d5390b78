import Formats
import KeyLedger

/// What changed between two points, as people read it: from the shape of a diff.
enum DiffView {
  /// Between which points.
  static func header(_ diff: JSON, on page: Page) -> [String] {
    let ends = ["from", "to"].map { name in
      let place = diff[name] ?? .null
      return "\(place.time("time").map(EventView.moment) ?? "") UTC, after event \(place["sequence"]?.integer ?? 0)"
    }
    let isBackfilled = diff["to"]?.isTrue("backfilled") ?? false
    return [page.quiet("From \(ends[0]),"), page.quiet("to \(ends[1]).\(isBackfilled ? EventView.backfill : "")"), ""]
  }

  static func table(_ keys: [JSON], on page: Page) -> [String] {
    let isMixed = Set(keys.map { $0["after"]?.text("environment") ?? "" }).count > 1
    var table = TextTable(
      [
        TextTable.Column(title: "CHANGE", yields: 0), TextTable.Column(title: "NAME", yields: 1, least: 12),
        TextTable.Column(title: "WHAT", yields: 3, least: 16),
      ] + (isMixed ? [TextTable.Column(title: "ENVIRONMENT", yields: 5, least: 6)] : []) + [
        TextTable.Column(title: "EVENTS", yields: 4, least: 6),
        TextTable.Column(title: "ID", yields: 2, least: TextTable.leastID, keepsEnd: true),
      ])
    for key in keys {
      let after = key["after"] ?? .null
      let environment = isMixed ? [Styled(after.text("environment"))] : []
      table.add(
        [
          change(key.text("change")), Styled(after.text("name"), .strong),
          Styled(describe(key["before"] ?? .null, after)),
        ] + environment + [
          Styled(key.list("events").compactMap(\.integer).map { "\($0)" }.joined(separator: " ")),
          Styled(key.text("key"), .quiet),
        ])
    }
    return table.lines(on: page) + ["", page.quiet(counts(keys))]
  }

  private static func change(_ word: String) -> Styled {
    switch word {
    case "added": Styled("+ added", .good)
    case "ended": Styled("○ ended", .ended)
    case "removed": Styled("− removed", .ended)
    default: Styled("~ changed")
    }
  }

  private static func counts(_ keys: [JSON]) -> String {
    ["added", "changed", "ended", "removed"].compactMap { word in
      let count = keys.count { $0.text("change") == word }
      return count > 0 ? "\(count) \(word)" : nil
    }.joined(separator: ", ")
  }

  /// "“Old” → “New”, +coupons:read, active → expired, revoked"
  static func describe(_ before: JSON, _ after: JSON) -> String {
    guard !before.isNull else {
      let end = after.text("status") == "active" ? [] : [status(after)]
      return ([KeyView.scope(after).joined(separator: " ")] + end).joined(separator: ", ")
    }
    var words: [String] = []
    if !sameBytes(before.text("name"), after.text("name")) {
      words.append("“\(before.text("name"))” → “\(after.text("name"))”")
    }
    if !sameBytes(before.text("description"), after.text("description")) { words.append("described anew") }
    let scope = EventWords.change(from: before.texts("scope"), to: after.texts("scope"))
    if !scope.isEmpty { words.append(scope) }
    if status(before) != status(after) {
      words.append("\(status(before)) → \(status(after))")
    } else if before["expires_at"] != after["expires_at"] {
      words.append("another end")
    }
    return words.isEmpty ? "as before, after \(after.count(since: before))" : words.joined(separator: ", ")
  }

  private static func status(_ key: JSON) -> String {
    let reason = key.text("expired_because")
    return key.text("status") + (reason.isEmpty ? "" : ", " + reason.replacingUnderscores)
  }
}

extension JSON {
  /// How many events of the key's stream lie between two shapes of it.
  fileprivate func count(since before: JSON) -> String {
    let count = (self["revision"]?.integer ?? 0) - (before["revision"]?.integer ?? 0)
    return count == 1 ? "1 event" : "\(count) events"
  }
}

/// Who could, as people read it: from the shape of holdings.
enum HoldingView {
  static func table(_ holdings: [JSON], of holder: String, on page: Page) -> [String] {
    let isMixed = Set(holdings.map { $0.text("environment") }).count > 1
    var table = TextTable(
      [
        TextTable.Column(title: holder == "user" ? "USER" : "NAME", yields: 1, least: 12),
        TextTable.Column(title: "SINCE", yields: 0), TextTable.Column(title: "UNTIL", yields: 0),
      ] + (isMixed ? [TextTable.Column(title: "ENVIRONMENT", yields: 5, least: 6)] : []) + [
        TextTable.Column(title: "OPENED BY", yields: 4), TextTable.Column(title: "CLOSED BY", yields: 3),
        TextTable.Column(title: "ID", yields: 2, least: TextTable.leastID, keepsEnd: true),
      ])
    for holding in holdings {
      let one = holding[holder] ?? .null
      let name = one.text(holder == "user" ? "handle" : "name")
      let environment = isMixed ? [Styled(holding.text("environment"))] : []
      table.add(
        [
          Styled(name.isEmpty ? one.text("handle_state") : name, .strong), moment(holding, "since"),
          moment(holding, "until"),
        ] + environment + [
          Styled("event \(holding["opened_by"]?.integer ?? 0)"), closing(holding["closed_by"] ?? .null),
          Styled(one.text("id"), .quiet),
        ])
    }
    return table.lines(on: page)
  }

  private static func moment(_ holding: JSON, _ name: String) -> Styled {
    holding.time(name).map { Styled(EventView.moment($0)) } ?? Styled("●", .good)
  }

  private static func closing(_ closing: JSON) -> Styled {
    if let event = closing.integer { return Styled("event \(event)") }
    return closing.isNull ? Styled("nothing", .quiet) : Styled("expired")
  }
}
