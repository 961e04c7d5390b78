import Formats
import Foundation
import KeyLedger
import Testing

@testable import keyledger

@Suite("A command line that is used the wrong way round")
struct CommandLineHostileTests {
  private let program: CommandLineProgram

  init() throws {
    program = try CommandLineProgram()
    try #require(try program.run("init", "--owner", "ada@example.com").exit == 0)
  }

  private func json(_ arguments: String...) throws -> JSON {
    try JSON(parsing: Array(try program.run(arguments + ["-o", "json"]).output.utf8))
  }

  @Test("A rehearsal of what was done before says so, and would append nothing")
  func rehearsedRepeat() throws {
    _ = try program.run("env", "create", "e", "--idempotency-key", "k")
    let answer = try json("env", "create", "e", "--idempotency-key", "k", "--dry-run")
    #expect(answer["events"] == .array([]))
    #expect(answer["repeated"] == .bool(true) && answer["dry_run"] == .bool(true))
    let table = try program.run("env", "create", "e", "--idempotency-key", "k", "--dry-run", "-o", "table")
    #expect(table.output.contains("done before") && table.output.contains("nothing would be appended"))
    let file = try program.file("f", #"{"command":"environment.create","environment":"e","idempotency_key":"k"}"#)
    let line = try JSON(parsing: Array(try program.run("apply", "--dry-run", file).output.utf8.dropLast()))
    #expect(line["events"] == .array([]) && line["repeated"] == .bool(true))
  }

  @Test("A customer token is the line behind the secret, and no other form is promised")
  func customerTokenFromInput() throws {
    _ = try program.run("env", "create", "e")
    _ = try program.run("client-security", "enforce", "--env", "e")
    let signing = try program.run("client-security", "reveal", "--env", "e", "-q").output.dropLast()
    let publishable = try #require(
      try json("key", "list")["keys"]?.array?.first { $0["kind"] == .string("publishable") })
    let secret = try program.run("key", "reveal", try #require(publishable["id"]?.string), "-q").output
    let made = try program.shell("printf %s 'ada:7' | openssl dgst -sha256 -hmac '\(signing)' -r | cut -d ' ' -f 1")
    try #require(made.output.count == 65)
    let check = ["check", "-q", "--customer", "ada:7", "--customer-token"]
    let form = "HMAC-SHA256 ada:7:"
    #expect(try program.run(check + ["-"], input: secret + form + made.output).output == "valid\n")
    #expect(try program.run(check + [form + made.output.dropLast()], input: secret).output == "valid\n")
    #expect(try program.run(check + ["-"], input: secret + "ada:7:" + made.output).exit == 6)
    #expect(try program.run(check + ["-"], input: secret).exit == 2)
    #expect(try program.run("check", "--help").output.contains("HMAC-SHA256 CUSTOMER_ID:HEX"))
  }

  @Test(
    "A secret pasted for a file or a directory is never said back",
    arguments: [
      ["apply", "SECRET"], ["apply", "./SECRET"], ["env", "migrate", "--file", "SECRET"],
      ["vault", "rotate-root", "--new", "SECRET"], ["key", "list", "--data", "SECRET"], ["env", "create", "SECRET"],
      ["key", "show", "SECRET"], ["user", "token", "SECRET"], ["events", "--actor", "SECRET"],
      ["resource", "add", "SECRET"], ["events", "--type", "SECRET"], ["plan", "SECRET"],
    ])
  func pastedSecrets(_ arguments: [String]) throws {
    for prefix in ["server-", "client-", "user-"] {
      let tail = "4F0a1b2c3d4f0a1b2c3d4f0a1b2c3d4f0a1b"
      let run = try program.run(arguments.map { $0.replacing("SECRET", with: prefix + tail) } + ["-o", "json"])
      #expect(run.exit != 0)
      #expect(!run.error.isEmpty && !(run.output + run.error).contains(tail))
    }
  }

  @Test("Arguments come from the kernel's list, whatever the runtime finds")
  func rawArguments() throws {
    let raw = RawArguments(Array("keyledger\0key\0\0list\0".utf8))
    #expect(raw.words == ["key", "", "list"] && raw.fault == nil)
    #expect(RawArguments([]).words.isEmpty)
    #expect(RawArguments(Array("keyledger\0".utf8)).words.isEmpty)
    #expect(RawArguments(Array("k\0a\0".utf8) + [0xE9, 0]).fault?.message == "Argument 2 is not UTF-8.")
    let long = String(repeating: "x", count: 10_000)
    #expect(try program.run("user", "add", long, "--role", "owner", "-o", "json").output.contains("bad_text"))
  }

  @Test("An error is an object wherever JSON is expected, or was asked for")
  func errorObjects() throws {
    #expect(try program.shell("keyledger key show $'\\xe9'").output.contains("bad_usage"))
    #expect(try program.shell("keyledger key show $'\\xe9' -o table").output.isEmpty)
    #expect(try program.run("key", "show", "-q", "-o", "json").output.contains("bad_usage"))
    #expect(try program.run("key", "show", "-q").output.isEmpty)
  }

  @Test("What --quiet leaves out is told, with the way to it")
  func quietSecrets() throws {
    let other = try CommandLineProgram()
    let founded = try other.run("init", "--owner", "ada", "-q")
    #expect(founded.output.hasPrefix("ldg_") && founded.output.split(separator: "\n").count == 1)
    #expect(founded.error == "The access token was not shown; `keyledger user token ada` issues another.\n")
    #expect(
      try program.run("user", "add", "bob", "--role", "member", "-q").error
        == "The access token was not shown; `keyledger user token bob` issues another.\n")
    #expect(try program.run("user", "token", "bob", "-q").error.isEmpty)
    _ = try program.run("env", "create", "e")
    let key = try program.run("key", "create", "--env", "e", "--name", "n", "--scope", "read_only", "-q")
    let id = key.output.dropLast()
    #expect(key.error == "The secret was not shown; `keyledger key reveal \(id)` shows it, as an event.\n")
  }

  @Test("Founding knows no idempotency key, and says why")
  func foundingOnce() throws {
    #expect(!(try program.run("init", "--help").output.contains("--idempotency-key")))
    let run = try program.run("init", "--idempotency-key", "k", "--data", "other")
    #expect(run.error == "keyledger: --idempotency-key means nothing to init: a directory is founded once.\n")
  }

  @Test("Versions by an option, too many words, and presets named once")
  func words() throws {
    #expect(try program.run("--version").output == (try program.run("version").output))
    #expect(try program.run("plan", "a", "b").error.contains("Too many arguments"))
    let help = try program.run("key", "create", "--help").output
    #expect(help.components(separatedBy: "coupons_write").count == 2)
  }

  @Test("Of an answer that can't be written nothing is said to stay where nothing was changed")
  func fullDisk() throws {
    let read = try program.shell("keyledger plan > /dev/full")
    #expect(read.exit == 7 && !read.error.contains("stays"))
    #expect(try program.shell("keyledger plan starter > /dev/full").error.contains("stays changed"))
    #expect(!(try program.shell("keyledger plan scale --dry-run > /dev/full").error.contains("stays changed")))
  }

  @Test("An answer about the past is in the past tense, and a key that ended by itself says why")
  func tenses() throws {
    _ = try program.run("env", "create", "e")
    let key = try json("key", "create", "--env", "e", "--name", "n", "--scope", "read_only")
    let (id, secret) = (try #require(key["id"]?.string), try #require(key["secret"]?.string))
    #expect(try program.run("check", "-o", "table", input: secret).output.hasPrefix("● valid  A request with it is"))
    _ = try program.run("key", "rotate", id, "--grace", "now")
    let past = try program.run("check", "-o", "table", "--at", "6", input: secret).output
    #expect(past.contains("● was valid  A request with it would have been accepted."))
    #expect(try program.run("key", "list", "-o", "table").output.contains("○ expired, grace ended"))
  }

  @Test("A list of keys on narrow pages keeps what tells keys apart")
  func narrowLists() throws {
    _ = try program.run("env", "create", "production")
    func titles(_ columns: Int) throws -> [String] {
      let run = try program.run(["key", "list", "-o", "table"], environment: ["COLUMNS": "\(columns)"])
      for line in run.lines { #expect(TextWidth.of(line) <= columns) }
      return run.lines.first.map { $0.split(separator: " ").map(String.init) } ?? []
    }
    #expect(try titles(40) == ["NAME", "STATUS"])
    #expect(try titles(80).starts(with: ["NAME", "STATUS", "KEY", "TYPE"]) && (try titles(80).last == "ID"))
    #expect(try titles(120) == ["NAME", "STATUS", "KEY", "TYPE", "CREATED", "ID"])
    let events = try program.run(["events", "-o", "table"], environment: ["COLUMNS": "60"])
    let id = try #require(try json("key", "list")["keys"]?.array?.first?["id"]?.string)
    #expect(events.output.contains("…" + id.suffix(5)))
  }
}
