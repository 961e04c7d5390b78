import Formats
import Foundation
import Testing

@Suite("A working day on the command line")
struct CommandLineFlowTests {
  private let program: CommandLineProgram

  init() throws {
    program = try CommandLineProgram()
    try #require(try program.run("init", "--owner", "ada@example.com").exit == 0)
  }

  private func json(_ arguments: String..., input: String = "") throws -> JSON {
    let run = try program.run(arguments + ["-o", "json"], input: input)
    try #require(run.exit == 0 || run.exit == 6, "\(run.error)")
    return try JSON(parsing: Array(run.output.utf8))
  }

  private func scopedKey() throws -> (id: String, secret: String) {
    _ = try program.run("env", "create", "production")
    let key = try json("key", "create", "--env", "production", "--name", "Billing", "--scope", "customers:write")
    return (try #require(key["id"]?.string), try #require(key["secret"]?.string))
  }

  @Test("A new ledger answers with its id, and the owner's token once")
  func founding() throws {
    let other = try CommandLineProgram()
    let run = try other.run("init", "--owner", "ada@example.com")
    let json = try JSON(parsing: Array(run.output.utf8))
    #expect(json["ledger"]?.string?.hasPrefix("ldg_") ?? false)
    #expect(json["owner"]?["token"]?.string?.count == "user-".count + 36)
    let again = try other.run("init")
    #expect(again.exit == 1)
    #expect(again.output.contains("already_exists"))
  }

  @Test("A secret is checked from standard input, whatever ends the line", arguments: ["", "\n", "\r\n", "\nmore\n"])
  func checking(_ end: String) throws {
    let key = try scopedKey()
    let run = try program.run("check", "--permission", "customers:read", input: key.secret + end)
    #expect(run.exit == 0)
    #expect(try JSON(parsing: Array(run.output.utf8))["outcome"] == .string("valid"))
  }

  @Test(
    "A check that fails exits 6 with its answer and no error",
    arguments: [
      ("", "malformed"), ("server-0000000000000000000000000000000000000000", "unknown"),
      (String(repeating: "x", count: 600), "malformed"), (String(repeating: "x", count: 100_000), "malformed"),
    ])
  func failedChecks(_ secret: String, _ outcome: String) throws {
    let run = try program.run("check", input: secret + "\n")
    #expect(run.exit == 6)
    #expect(run.error.isEmpty)
    #expect(try JSON(parsing: Array(run.output.utf8))["outcome"] == .string(outcome))
    #expect(try program.run("whose", "-q", input: secret + "\n").exit == 6)
  }

  @Test("whose finds a key by its secret, also one that ended")
  func whose() throws {
    let key = try scopedKey()
    #expect(try program.run("key", "revoke", key.id, "--yes").exit == 0)
    let run = try program.run("whose", "-q", input: key.secret + "\n")
    #expect(run.exit == 0)
    #expect(run.output == key.id + "\n")
    #expect(try program.run("check", "-q", input: key.secret).output == "revoked\n")
    let before = try program.run("whose", "--at", "1", "-o", "table", input: key.secret + "\n")
    #expect(before.exit == 6)
    #expect(before.output.contains("It was no key of this ledger yet.") && !before.output.contains("never"))
  }

  @Test(
    "A dry run shows the events, appends none and holds no secret",
    arguments: [
      ["env", "create", "staging"], ["user", "add", "bob", "--role", "member"], ["plan", "starter"],
      ["integration", "connect", "salesforce", "--env", "production", "--scope", "read_only"],
      ["client-security", "reveal", "--env", "production"], ["client-security", "rotate", "--env", "production"],
      ["key", "create", "--env", "production", "--name", "n", "--scope", "read_only"], ["init", "--data", "elsewhere"],
    ])
  func dryRuns(_ arguments: [String]) throws {
    _ = try program.run("env", "create", "production")
    let before = try program.run("events").output
    let run = try program.run(arguments + ["--dry-run"])
    #expect(run.exit == 0)
    let answer = try JSON(parsing: Array(run.output.utf8))
    #expect(answer["dry_run"] == .bool(true))
    #expect(answer["events"]?.array?.isEmpty == false)
    #expect(run.output.firstMatch(of: /(server|client|user)-[0-9A-Za-z]{36}/) == nil)
    #expect(try program.run("events").output == before)
    #expect(!FileManager.default.fileExists(atPath: program.directory.appendingPathComponent("elsewhere").path))
  }

  @Test("--quiet prints the bare value")
  func quiet() throws {
    let key = try scopedKey()
    #expect(try program.run("key", "reveal", key.id, "-q").output == key.secret + "\n")
    #expect(try program.run("plan", "-q").output == "scale\n")
    #expect(try program.run("env", "list", "-q").output == "production\n")
    #expect(try program.run("key", "rotate", key.id, "--grace", "1h", "-q").output.hasPrefix("key_"))
    #expect(try program.run("events", "-q", "--limit", "3").output == "1\n2\n3\n")
  }

  @Test("A repeat with its idempotency key says so and shows no secret")
  func idempotency() throws {
    _ = try program.run("env", "create", "production")
    let words = [
      "key", "create", "--env", "production", "--name", "n", "--scope", "read_only", "--idempotency-key", "k",
    ]
    let first = try JSON(parsing: Array(try program.run(words).output.utf8))
    let second = try JSON(parsing: Array(try program.run(words).output.utf8))
    #expect(second["repeated"] == .bool(true))
    #expect(second["id"] == first["id"] && second["secret"] == nil && first["secret"] != nil)
  }

  @Test(
    "Rotating a key that manages keys warns of it, where a grace follows",
    arguments: [
      ("api_keys_write", "1h", true), ("api_keys_write", "now", false), ("customers_write", "1h", false),
    ])
  func rotationWarning(_ scope: String, _ grace: String, _ warns: Bool) throws {
    _ = try program.run("env", "create", "production")
    let id = try #require(
      try json("key", "create", "--env", "production", "--name", "n", "--scope", scope)["id"]?.string)
    let run = try program.run("key", "rotate", id, "--grace", grace)
    #expect(run.exit == 0)
    #expect(run.error.contains("can no longer change anything") == warns)
    let full = try #require(try program.run("key", "list", "-q").lines.last)
    #expect(try program.run("key", "rotate", full, "--grace", "1h").error.contains("can no longer change anything"))
  }

  @Test("As of the past, from the views and from the log alone, the answer is the same")
  func asOf() throws {
    let key = try scopedKey()
    _ = try program.run("key", "revoke", key.id, "--yes")
    let views = try json("key", "list", "--at", "6")
    #expect(views == (try json("key", "list", "--at", "#6", "--replay")))
    #expect(views["keys"]?.array?.first?["status"] == .string("active"))
    #expect(views["as_of"]?["sequence"] == .integer(6))
    #expect(try program.run("key", "show", key.id, "--at", "3").exit == 3)
    #expect(try program.run("key", "list", "--at", "99").exit == 2)
  }

  @Test("The actor is the operator, by login or by name")
  func actor() throws {
    _ = try program.run("env", "create", "one", "--actor", "grace.h")
    #expect(try program.run("events", "--actor", "operator:grace.h", "-q").output == "3\n")
  }

  @Test("A table names people and fits its page")
  func tables() throws {
    _ = try scopedKey()
    let run = try program.run(["events", "-o", "table"], environment: ["COLUMNS": "100"])
    #expect(run.output.contains("ada@example.com"))
    for line in run.lines { #expect(line.count <= 100) }
    #expect(!run.output.contains("\u{1B}"))
  }

  @Test(
    "Everything that only looks leaves the ledger as it is",
    arguments: [
      ["key", "list"], ["env", "list"], ["user", "list"], ["resource", "list"], ["plan"], ["events"],
      ["env", "show", "production"], ["integration", "list", "--env", "production"],
      ["client-security", "show", "--env", "production"],
    ])
  func reads(_ arguments: [String]) throws {
    _ = try program.run("env", "create", "production")
    for format in ["json", "ndjson", "table"] {
      let run = try program.run(arguments + ["-o", format])
      #expect(run.exit == 0)
      #expect(run.error.isEmpty)
      #expect(!run.output.isEmpty || (format == "ndjson" && arguments[0] == "integration"))
    }
    #expect(try program.run("events", "-q").lines.last == "5")
  }

  @Test("The vault is swept and sealed anew, the views are rebuilt to the same content")
  func upkeep() throws {
    let key = try scopedKey()
    _ = try program.shell("umask 077; head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n' > new.key")
    #expect(try program.run("vault", "rotate-root", "--new", "new.key").exit == 0)
    #expect(try program.run("key", "reveal", key.id, "-q").output == key.secret + "\n")
    #expect(try json("vault", "sweep")["orphans"] == .integer(0))
    let rebuilt = try json("rebuild")
    #expect(rebuilt["drift"] == .bool(false))
    #expect(rebuilt["digest"] == (try json("rebuild")["digest"]))
  }
}
