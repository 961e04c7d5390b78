import Formats
import KeyLedger
import Testing

@testable import keyledger

@Suite("An auditor's questions on the command line")
struct CommandLineAuditingTests {
  private let program: CommandLineProgram

  /// Events 1 to 11: two keys of `production`, a worker that is rescoped, rotated, renamed and left to its grace.
  init() throws {
    program = try CommandLineProgram()
    try program.must("init", "--owner", "ada@example.com")
    try program.must("env", "create", "production")
    try program.must("key", "create", "--env", "production", "--name", "Worker", "--scope", "customers:write")
    let id = try program.must("key", "list", "--type", "scoped", "--quiet").lines[0]
    try program.must("key", "scope", id, "--scope", "coupons:read")
    try program.must("key", "rename", id, "--name", "Night worker")
    try program.must("key", "rotate", id, "--grace", "24h")
    try program.must("key", "reveal", id)
  }

  @Test("A diff is told key by key, in words and in numbers")
  func diffAsTable() throws {
    let run = try program.must("diff", "--from", "#6", "--to", "-0s", "-o", "table")
    #expect(run.lines[0].hasPrefix("From ") && run.lines[0].hasSuffix("UTC, after event 6,"))
    #expect(run.lines[1].hasPrefix("to ") && run.lines[1].hasSuffix("UTC, after event 11."))
    let rows = run.lines.dropFirst(3).map {
      $0.split(separator: "  ", omittingEmptySubsequences: true).map(String.init)
    }
    #expect(rows[0].map { $0.trimmed } == ["CHANGE", "NAME", "WHAT", "EVENTS", "ID"])
    #expect(rows[1].map { $0.trimmed }.prefix(4) == ["+ added", "Night worker", "coupons:read", "10"])
    #expect(
      rows[2].map { $0.trimmed }.prefix(4) == [
        "~ changed", "Night worker",
        "“Worker” → “Night worker”, +coupons:read −customers:write, active → expiring", "7 8 9 11",
      ])
    #expect(run.lines.last == "1 added, 1 changed")
  }

  @Test("A diff of nothing says so; quiet, it is the ids, and as ndjson a key a line")
  func diffOtherwise() throws {
    #expect(try program.must("diff", "--from", "11", "--to", "#11", "-o", "table").lines.last == "Nothing changed.")
    let ids = try program.must("key", "list", "--type", "scoped", "--quiet").lines
    #expect(try program.must("diff", "--from", "#6", "--to", "#11", "--quiet").lines == ids)
    let lines = try program.must("diff", "--from", "#6", "--to", "#11", "-o", "ndjson").lines
    #expect(try lines.map { try JSON(parsing: Array($0.utf8)).text("key") } == ids)
    let whole = try JSON(parsing: Array(try program.must("diff", "--from", "#6", "--to", "#11").output.utf8))
    #expect(whole["from"]?["sequence"] == .integer(6) && whole["to"]?["sequence"] == .integer(11))
    #expect(
      try program.must("diff", "--from", "#6", "--to", "#11", "--replay").output
        == program.must("diff", "--from", "#6", "--to", "#11").output)
  }

  @Test("Who could is told with what opened and what closed each interval")
  func could() throws {
    let run = try program.must("could", "customers:read", "--from", "-1h", "--to", "-0s", "-o", "table")
    let rows = run.lines.map { $0.split(separator: "  ", omittingEmptySubsequences: true).map { String($0).trimmed } }
    #expect(rows[0] == ["NAME", "SINCE", "UNTIL", "OPENED BY", "CLOSED BY", "ID"])
    #expect(rows.dropFirst().map(\.first) == ["Night worker", "Publishable key", "Full access key"])
    #expect(rows[1].dropFirst(3).prefix(2) == ["event 6", "event 7"])
    #expect(rows[2].dropFirst(2).prefix(3) == ["●", "event 5", "nothing"])
    let expiring = try program.must("could", "coupons:read", "--from", "-1h", "--to", "-0s", "-o", "table")
    #expect(expiring.lines.filter { $0.hasPrefix("Night worker") }.map { $0.contains("expired") } == [false, true])
    let owners = try program.must("could", "--role", "owner", "--from", "-1h", "--to", "-0s", "-o", "table")
    #expect(owners.lines[1].hasPrefix("ada@example.com"))
    let nobody = try program.must("could", "--role", "member", "--from", "-1h", "--to", "-0s", "-o", "table")
    #expect(nobody.lines == ["Nobody could."])
  }

  @Test("As of the past, who could is what was known then")
  func couldAsOf() throws {
    let now = try program.must("could", "customers:write", "--from", "-1h", "--to", "-0s").json
    let then = try program.must("could", "customers:write", "--from", "-1h", "--to", "-0s", "--at", "#6").json
    #expect(now.list("could").map { $0["closed_by"] } == [.integer(7), .null])
    #expect(then.list("could").map { $0["closed_by"] } == [.null, .null])
  }

  @Test("A change is told in words, also where only time or the catalogue made it")
  func words() {
    func key(_ status: String, _ scope: [String], expires: String? = nil, revision: Int64 = 1) -> JSON {
      .object([
        JSONMember("name", .string("Worker")), JSONMember("description", .string("")),
        JSONMember("status", .string(status)),
        JSONMember("expired_because", status == "expired" ? .string("grace_ended") : .null),
        JSONMember("expires_at", expires.map { .string($0) } ?? .null),
        JSONMember("scope", .array(scope.map { .string($0) })), JSONMember("revision", .integer(revision)),
      ])
    }
    let cases: [(JSON, JSON, String)] = [
      (.null, key("active", ["coupons:read"]), "coupons:read"),
      (.null, key("expired", ["coupons:read"]), "coupons:read, expired, grace ended"),
      (
        key("expiring", ["a:read"], expires: "x"), key("expired", ["a:read"], expires: "x"),
        "expiring → expired, grace ended"
      ),
      (key("expiring", ["a:read"], expires: "x"), key("expiring", ["a:read"], expires: "y"), "another end"),
      (key("active", ["a:read"]), key("active", ["a:read", "b:read"]), "+b:read"),
      (key("active", ["a:read"]), key("active", ["a:read"], revision: 2), "as before, after 1 event"),
      (key("active", ["a:read"]), key("active", ["a:read"], revision: 4), "as before, after 3 events"),
    ]
    for (before, after, words) in cases { #expect(DiffView.describe(before, after) == words) }
  }
}

extension CommandLineProgram {
  /// A run that must succeed.
  @discardableResult
  fileprivate func must(_ arguments: String...) throws -> Run {
    let run = try run(arguments)
    try #require(run.exit == 0, "\(arguments): \(run.error)")
    return run
  }
}

extension CommandLineProgram.Run {
  fileprivate var json: JSON { (try? JSON(parsing: Array(output.utf8))) ?? .null }
}

extension String {
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
