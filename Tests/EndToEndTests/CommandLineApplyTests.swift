import Formats
import Foundation
import Testing

@Suite("Many commands from a file")
struct CommandLineApplyTests {
  private let program: CommandLineProgram

  init() throws {
    program = try CommandLineProgram()
    try #require(try program.run("init", "--time", "2020-01-01").exit == 0)
  }

  private func apply(_ lines: [String], _ options: String...) throws -> (exit: Int32, answers: [JSON]) {
    let file = try program.file("commands.ndjson", lines.map { $0 + "\n" }.joined())
    let run = try program.run(["apply", file] + options)
    return (run.exit, try run.lines.map { try JSON(parsing: Array($0.utf8)) })
  }

  private static let environment =
    #"{"command":"environment.create","environment":"e","refs":{"full_access":"fa","publishable":"pk"}}"#

  @Test("Refs name the keys that earlier lines made, and a rerun finds them again")
  func refs() throws {
    let lines = [
      #"{"command":"environment.create","environment":"e","refs":{"full_access":"fa"},"idempotency_key":"1"}"#,
      #"{"command":"key.rotate","key":"fa","grace":"now","ref":"new","idempotency_key":"2"}"#,
      #"{"command":"key.create","environment":"e","name":"n","scope":["read_only"],"ref":"k","idempotency_key":"3"}"#,
      #"{"command":"key.scope","key":"k","scope":["customers:read"],"idempotency_key":"4"}"#,
      #"{"command":"integration.connect","environment":"e","integration":"i","scope":["read_only"],"ref":"i"}"#,
      #"{"command":"key.rotate","key":"i","grace":"1h"}"#,
    ]
    let first = try apply(lines)
    #expect(first.exit == 0)
    #expect(first.answers.map { $0["line"] } == (1...6).map { .integer($0) })
    #expect(first.answers.allSatisfy { $0["ok"] == .bool(true) && $0["repeated"] == .bool(false) })
    #expect(first.answers[1]["key"]?.string?.hasPrefix("key_") ?? false)
    #expect(first.answers[1]["secret"] != nil && first.answers[3]["secret"] == nil)
    #expect(first.answers[0]["key"] == nil)
    #expect(first.answers[0]["result"]?["keys"]?.array?.count == 2)
    #expect(first.answers[0]["result"]?["events"] == nil)

    let again = try apply(Array(lines.prefix(4)))
    #expect(again.exit == 0)
    #expect(again.answers.allSatisfy { $0["repeated"] == .bool(true) && $0["secret"] == nil })
    #expect(again.answers.map { $0["key"] } == first.answers.prefix(4).map { $0["key"] })
  }

  @Test("Refs are told apart by their bytes: a composed and a decomposed é are two")
  func refsAreBytes() throws {
    let (composed, decomposed) = ("\u{E9}", "e\u{301}")
    let run = try apply([
      CommandLineApplyTests.environment,
      #"{"command":"key.create","environment":"e","name":"a","scope":["read_only"],"ref":"\#(composed)"}"#,
      #"{"command":"key.create","environment":"e","name":"b","scope":["read_only"],"ref":"\#(decomposed)"}"#,
      #"{"command":"key.revoke","key":"\#(composed)"}"#, #"{"command":"key.revoke","key":"\#(decomposed)"}"#,
    ])
    #expect(run.exit == 0)
    #expect(run.answers[3]["key"] == run.answers[1]["key"] && run.answers[4]["key"] == run.answers[2]["key"])
  }

  @Test(
    "A line that is not as it should be is bad_usage, and does nothing",
    arguments: [
      "nope", "", "[]", "1", #"{"command":"key.creat"}"#, #"{"environment":"x"}"#, #"{"command":"plan"}"#,
      #"{"command":"plan","plan":"gold"}"#, #"{"command":"plan","plan":"scale","plan":"scale"}"#,
      #"{"command":"plan","plan":"starter","more":1}"#, #"{"command":"plan","plan":1}"#,
      #"{"command":"user.add","handle":"h","role":"boss"}"#,
      #"{"command":"plan","plan":"starter","time":"2020-02-01"}"#,
      #"{"command":"plan","plan":"starter","actor":"system"}"#,
      #"{"command":"plan","plan":"starter","idempotency_key":""}"#,
      #"{"command":"key.create","environment":"e","name":"n","scope":"read_only"}"#,
      #"{"command":"key.create","environment":"e","name":"n","scope":[1]}"#,
      #"{"command":"key.rename","key":"k"}"#,
      #"{"command":"resource.add","resource":"r","client_readable":"yes"}"#,
      #"{"command":"environment.create","environment":"x","refs":{"other":"r"}}"#,
      #"{"command":"environment.create","environment":"x","ref":"r"}"#,
      #"{"command":"environment.create","environment":"x","refs":{"full_access":"r","publishable":"r"}}"#,
      #"{"command":"environment.migrate","environment":"x"}"#,
      #"{"command":"environment.migrate","environment":"x","client_token":"t","client_token_sha256":"h"}"#,
      #"{"command":"key.create","environment":"e","name":"n","scope":["read_only"],"ref":""}"#,
      #"{"command":"key.create","environment":"e","name":"n","scope":["read_only"],"ref":"pk"}"#,
      #"{"command":"plan","plan":"starter"}"# + String(repeating: " ", count: 1 << 20),
    ])
  func brokenLines(_ line: String) throws {
    let run = try apply([Self.environment, line, #"{"command":"environment.create","environment":"after"}"#])
    #expect(run.exit == 1)
    #expect(run.answers.count == 2)
    #expect(run.answers[1]["line"] == .integer(2))
    #expect(run.answers[1]["ok"] == .bool(false))
    #expect(run.answers[1]["error"]?["code"] == .string("bad_usage"))
    #expect(try program.run("events", "-q").lines.last == "4")
  }

  @Test(
    "A refused line is told on standard error too, in every format",
    arguments: [["-q"], ["-o", "json"], ["--dry-run"]])
  func refusalsOnError(_ options: [String]) throws {
    let file = try program.file("f", Self.environment + "\nnope\n[]\n")
    let run = try program.run(["apply", "--keep-going", file] + options)
    #expect(run.exit == 1)
    #expect(
      run.error == """
        keyledger: line 2: The line is not valid JSON: expected null, after 0 bytes.
        keyledger: line 3: A line is a JSON object.

        """)
    #expect(options == ["-q"] ? run.output.isEmpty : run.lines.count == 3)
  }

  @Test(
    "A byte order mark at the start and empty lines at the end are no lines", arguments: ["", "\n", "\r\n", "\n\n\n"])
  func edges(_ end: String) throws {
    let file = try program.file("f", "\u{FEFF}" + Self.environment + "\n" + end)
    let run = try program.run("apply", file)
    #expect(run.exit == 0 && run.lines.count == 1)
  }

  @Test("An empty line between others is refused as what it is")
  func emptyLine() throws {
    let run = try apply(["", Self.environment], "--keep-going")
    #expect(run.answers.map { $0["line"] } == [.integer(1), .integer(2)])
    #expect(run.answers[0]["error"]?["message"] == .string("The line is empty."))
    #expect(run.answers[1]["ok"] == .bool(true))
  }

  @Test("A key acts in a history by its ref, and events are found by whoever did them")
  func actors() throws {
    let lines = [
      #"{"time":"2020-02-01","actor":"operator:root","command":"user.add","handle":"ada","role":"owner"}"#,
      #"{"time":"2020-02-02","actor":"user:ada","command":"environment.create","environment":"e","refs":{"full_access":"fa"}}"#,
      #"{"time":"2020-02-03","actor":"key:fa","command":"key.create","environment":"e","name":"n","scope":["read_only"]}"#,
      #"{"time":"2020-02-03","actor":"key:nobody","command":"plan","plan":"starter"}"#,
    ]
    let run = try apply(lines, "--backfill")
    #expect(run.answers.map { $0["ok"] } == [.bool(true), .bool(true), .bool(true), .bool(false)])
    let list = try JSON(parsing: Array(try program.run("key", "list").output.utf8))
    let key = try #require(list["keys"]?.array?.first { $0["kind"] == .string("full_access") }?["id"]?.string)
    #expect(try program.run("events", "--actor", "operator:root", "--after", "1", "-q").output == "2\n")
    #expect(try program.run("events", "--actor", "user:ada", "-q").output == "3\n")
    #expect(try program.run("events", "--actor", "key:\(key)", "-q").output == "6\n")
  }

  @Test("The first refusal stops a run, unless it is to keep going")
  func keepGoing() throws {
    let lines = [
      Self.environment, #"{"command":"key.revoke","key":"fa"}"#, #"{"command":"resource.add","resource":"r"}"#,
    ]
    let going = try apply(lines, "--keep-going")
    #expect(going.exit == 1)
    #expect(going.answers.map { $0["ok"] } == [.bool(true), .bool(false), .bool(true)])
    #expect(going.answers[1]["error"]?["code"] == .string("default_key_must_be_rotated"))
  }

  @Test("A rehearsal of a file sees its own lines and appends nothing")
  func rehearsal() throws {
    let lines = [Self.environment, #"{"command":"key.rotate","key":"fa","grace":"1h"}"#]
    let run = try apply(lines, "--dry-run")
    #expect(run.exit == 0)
    #expect(run.answers.map { $0["events"]?.array?.count } == [3, 2])
    #expect(run.answers.allSatisfy { $0["secret"] == nil && $0["result"] == nil })
    #expect(try program.run("events", "-q").output == "1\n")
  }

  @Test("A history is applied with its own times and actors, once")
  func backfill() throws {
    let lines = [
      #"{"time":"2020-02-01","actor":"operator:old","command":"user.add","handle":"ada","role":"owner","idempotency_key":"1"}"#,
      #"{"time":"2020-02-02T10:00:00+02:00","actor":"user:ada","command":"environment.create","environment":"e"}"#,
    ]
    let run = try apply(lines, "--backfill")
    #expect(run.exit == 0)
    let events = try program.run("events", "--after", "1").lines.map { try JSON(parsing: Array($0.utf8)) }
    #expect(events.first?["actor"] == .string("operator:old"))
    #expect(events.last?["time"] == .string("2020-02-02T08:00:00.000Z"))
    #expect(events.allSatisfy { $0["recordedby"] != nil && $0["recordedtime"] != nil })
    let missing = try apply([#"{"command":"plan","plan":"starter"}"#], "--backfill")
    #expect(missing.answers[0]["error"]?["code"] == .string("bad_usage"))
  }

  @Test("A file of environments is migrated row by row, and a second time is unchanged", arguments: ["csv", "ndjson"])
  func migration(_ form: String) throws {
    let token = "legacy-Zk3Qv8Lw2Np6Xt9R"
    let csv =
      "server_token,environment,client_token_sha256\n\(token),one,\n,two,\(String(repeating: "ab", count: 32))\n"
      + "short,three,\nx\n"
    let ndjson = """
      {"environment":"one","server_token":"\(token)","client_token":null}
      {"environment":"two","client_token_sha256":"\(String(repeating: "ab", count: 32))"}
      {"environment":"three","server_token":"short"}
      x

      """
    let file = try program.file("rows.\(form)", form == "csv" ? csv : ndjson)
    let first = try program.run("env", "migrate", "--file", file, "-o", "ndjson")
    #expect(first.exit == 1)
    let rows = try first.lines.map { try JSON(parsing: Array($0.utf8)) }
    let header: Int64 = form == "csv" ? 1 : 0
    #expect(rows.map { $0["line"] } == (1...4).map { .integer($0 + header) })
    #expect(rows.map { $0["outcome"]?.string } == ["migrated", "migrated", nil, nil])
    #expect(rows[2]["error"]?["code"] == .string("token_too_weak"))
    #expect(rows[3]["error"]?["code"] == .string("bad_usage"))
    #expect(try program.run("check", "-q", input: token).output == "valid\n")
    let again = try program.run("env", "migrate", "--file", file, "-o", "ndjson")
    let outcomes = try again.lines.map { try JSON(parsing: Array($0.utf8))["outcome"]?.string }
    #expect(outcomes == ["unchanged", "unchanged", nil, nil])
  }

  @Test("Tokens come from standard input, the client's first")
  func tokensFromInput() throws {
    let run = try program.run(
      "env", "migrate", "e", "--server-token", "-", "--client-token", "-",
      input: "client-Zk3Qv8Lw2Np6Xt9R\r\nserver-Qw7Er5Ty3Ui1Op9A\n")
    #expect(run.exit == 0)
    #expect(!run.output.contains("Zk3Qv8Lw2Np6Xt9R") && !run.error.contains("Zk3Qv8Lw2Np6Xt9R"))
    let key = try program.run("whose", input: "client-Zk3Qv8Lw2Np6Xt9R")
    #expect(try JSON(parsing: Array(key.output.utf8))["key"]?["kind"] == .string("publishable"))
  }
}
