import Formats
import KeyLedger

/// What an event's data say, in words.
enum EventWords {
  static func describe(_ type: String, _ data: JSON, _ times: HumanTime) -> String {
    switch type {
    case "key.created", "key.migrated": return beginning(data)
    case "key.renamed":
      let description = data.text("description")
      return "now “\(data.text("name"))”" + (description.isEmpty ? "" : ": \(description)")
    case "scope.updated": return change(from: data.texts("before"), to: data.texts("after"))
    case "key.rotated":
      let end = data.text("grace") == "now" ? "ended at once" : "ends \(time(data, "expires_at"))"
      return "\(end), replaced by \(data.text("successor"))"
    case "grace.changed":
      let end = data.text("grace") == "now" ? "ended at once" : "ends \(time(data, "after"))"
      return "\(end) instead of \(time(data, "before"))"
    case "key.removed": return "\(data.text("integration")) was disconnected"
    case "integration.connected":
      return "\(data.text("integration")) may \(data.texts("scope").joined(separator: " ")) with \(data.text("key"))"
    case "integration.disconnected": return data.text("integration")
    case "ledger.created":
      return
        "plan \(data.text("plan")), resources \(data.list("resources").map { $0.text("name") }.joined(separator: " "))"
    case "ledger.restored": return "accepted with \(data["size"]?.integer ?? 0) events: \(data.text("reason"))"
    case "plan.changed", "user.role_changed": return "\(data.text("before")) → \(data.text("after"))"
    case "resource.added":
      let marks = [("client_readable", "client-readable"), ("read_only", "read-only")]
      return ([data.text("resource")] + marks.filter { data.isTrue($0.0) }.map(\.1)).joined(separator: ", ")
    case "user.added": return data.text("role")
    case "client_security.secret_rotated", "environment.provisioned":
      return "signing secret number \(data["signing_generation"]?.integer ?? 0)"
    default: return ""
    }
  }

  private static func beginning(_ data: JSON) -> String {
    let scope = data.texts("scope")
    let may = scope == ["*"] ? "everything" : scope.joined(separator: " ")
    let predecessor = data.text("predecessor")
    return "\(data.text("name")): \(may)" + (predecessor.isEmpty ? "" : ", in place of \(predecessor)")
  }

  /// "+coupons:read −customers:write"
  static func change(from before: [String], to after: [String]) -> String {
    let added = after.filter { !before.contains($0) }.map { "+" + $0 }
    return (added + before.filter { !after.contains($0) }.map { "−" + $0 }).joined(separator: " ")
  }

  private static func time(_ data: JSON, _ name: String) -> String {
    data.time(name).map { HumanTime.date($0) + ", " + HumanTime.clock($0) + " UTC" } ?? "?"
  }
}
