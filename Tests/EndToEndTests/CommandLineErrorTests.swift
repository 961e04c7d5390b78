import Testing

@Suite("Errors of the command line")
struct CommandLineErrorTests {
  private let program: CommandLineProgram

  init() throws { program = try CommandLineProgram() }

  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let message: String
    init(_ arguments: String..., says message: String) {
      self.arguments = arguments
      self.message = message
    }
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let usage = [
    Case(says: "A command is missing; see keyledger --help."),
    Case("kye", says: "There is no command kye; did you mean key?"),
    Case("frobnicate", says: "There is no command frobnicate; see keyledger --help."),
    Case("key", "rotat", says: "There is no command key rotat; did you mean key rotate?"),
    Case(
      "key",
      says: "key needs one of list, show, activity, create, rename, scope, rotate, grace, revoke, reveal; "
        + "see keyledger key --help."),
    Case("--data", says: "--data needs a value: --data DIR, or --data=VALUE for one that begins with two dashes."),
    Case("--data", "", "key", "list", says: "--data names no directory."),
    Case("key", "list", "--stauts", "active", says: "There is no option --stauts of key list; did you mean --status?"),
    Case(
      "key", "list", "--status", "activ", says: "--status is one of active, expiring, expired; did you mean active?"),
    Case("key", "list", "--env", "a", "--env=b", says: "--env is given twice."),
    Case("key", "list", "--removed=yes", says: "--removed takes no value."),
    Case(
      "key", "list", "--env", "--type",
      says:
        "--env needs a value: --env ENV, or --env=VALUE for one that begins with two dashes."),
    Case("key", "list", "--dry-run", says: "--dry-run means nothing to key list, which appends no event."),
    Case("key", "list", "extra", says: "Too many arguments: key list takes no argument; see keyledger key list --help"),
    Case("key", "list", "-x", says: "There is no option -x of key list; see keyledger key list --help."),
    Case("key", "show", says: "key show needs KEY, the key's id; see keyledger key show --help"),
    Case("key", "rotate", "K", says: "key rotate needs --grace GRACE; see keyledger key rotate --help"),
    Case(
      "key", "rotate", "K", "--grace", "1h", "--at", "3",
      says:
        "--at means nothing to key rotate, which changes the ledger as it is now."),
    Case("key", "rename", "K", says: "key rename needs --name or --description."),
    Case("key", "revoke", "K", says: "key revoke can't be undone: without a terminal it needs --yes."),
    Case("user", "remove", "K", says: "user remove can't be undone: without a terminal it needs --yes."),
    Case("user", "forget", "K", says: "user forget can't be undone: without a terminal it needs --yes."),
    Case("user", "add", "ada", "--role", "boss", says: "--role is one of owner, member, read_only."),
    Case("plan", "gold", says: "PLAN is one of starter, scale."),
    Case("plan", "scale", "--replay", says: "--replay means nothing to plan, which changes the ledger as it is now."),
    Case("plan", "--idempotency-key", "k", says: "--idempotency-key means nothing to plan, which appends no event."),
    Case("env", "migrate", says: "env migrate needs ENV, or --file for many; see keyledger env migrate --help."),
    Case(
      "env", "migrate", "e",
      says:
        "A migration needs a client token or a server token; `env create` provisions without any."),
    Case("env", "migrate", "e", "--server-token", "-", says: "--server-token - found no line on standard input."),
    Case(
      "env", "migrate", "e", "--file", "f",
      says:
        "ENV means nothing beside --file, whose rows name their environments."),
    Case(
      "apply", "f", "--idempotency-key", "k",
      says:
        "--idempotency-key means nothing to apply: there each line has an idempotency key of its own."),
    Case("apply", "no-such-file", says: "no-such-file can't be read: No such file or directory."),
    Case("key", "list", "--actor", "a b", says: "--actor is 1 to 64 of letters, digits and . _ @ -."),
    Case(
      "env", "create", "e", "--idempotency-key", "",
      says:
        "--idempotency-key is 1 to 255 printable ASCII characters."),
    Case("version", "--at", "1", says: "--at means nothing to version."),
    Case("completion", "csh", says: "SHELL is one of bash, zsh, fish; did you mean zsh?"),
  ]

  @Test("Wrong usage exits 2, says what to do, and touches nothing", arguments: usage)
  func wrongUsage(_ wrong: Case) throws {
    let run = try program.run(wrong.arguments)
    #expect(run.exit == 2)
    #expect(run.error == "keyledger: \(wrong.message)\n")
    #expect(try program.shell("ls -A | grep -v '^[.]'").output.isEmpty)
  }

  @Test("Where JSON is asked for the error is an object too")
  func errorsAsJSON() throws {
    let run = try program.run("-o", "json", "key", "show")
    #expect(run.exit == 2)
    #expect(
      run.output == """
        {
          "error": {
            "code": "bad_usage",
            "message": "key show needs KEY, the key's id; see keyledger key show --help"
          }
        }

        """)
    #expect(try program.run("-o", "table", "key", "show").output.isEmpty)
    #expect(try program.run("key", "show", "-q").output.isEmpty)
  }

  @Test("An argument that is no UTF-8 is refused, not repaired")
  func strictUTF8() throws {
    let run = try program.shell("keyledger key create --env e --name $'caf\\xe9' --scope read_only")
    #expect(run.exit == 2)
    #expect(run.error == "keyledger: Argument 6 is not UTF-8.\n")
  }

  @Test(
    "A secret typed as an argument by mistake is never said back",
    arguments: [
      ["check", "server-4f0a1b2c3d"], ["whose", "server-4f0a1b2c3d"], ["server-4f0a1b2c3d"], ["--server-4f0a1b2c3d"],
      ["key", "server-4f0a1b2c3d"], ["events", "--server-4f0a1b2c3d=x"], ["events", "--after", "server-4f0a1b2c3d"],
    ])
  func secretsAreNotEchoed(_ arguments: [String]) throws {
    let run = try program.run(arguments)
    #expect(run.exit == 2)
    #expect(!(run.output + run.error).contains("4f0a1b2c3d"))
  }

  @Test("Without a ledger a command says so and exits 7")
  func noLedger() throws {
    let run = try program.run("key", "list")
    #expect(run.exit == 7)
    #expect(run.error.hasPrefix("keyledger: ") && run.error.split(separator: "\n").count == 1)
  }

  @Test("Before the command only what stands anywhere is an option")
  func beforeTheCommand() throws {
    let run = try program.run("--env", "production", "key", "list")
    #expect(run.error == "keyledger: There is no option --env before the command; see keyledger --help.\n")
  }

  @Test("After two dashes nothing is an option")
  func endOfOptions() throws {
    let run = try program.run("key", "show", "--", "--help")
    #expect(run.exit != 0 && !run.output.contains("Usage:"))
  }

  @Test("Ctrl-C exits 130")
  func interrupted() throws {
    let script = """
      keyledger init -q >/dev/null
      keyledger events --follow > seen & child=$!
      for wait in {1..400}; do [ -s seen ] && break; sleep 0.05; done
      kill -INT $child; wait $child; echo "exit $?"
      """
    // A shell without job control starts children with SIGINT ignored; the program takes it back.
    #expect(try program.shell(script).lines.last == "exit 130")
  }

  @Test("A reader that leaves early is no error")
  func closedPipe() throws {
    _ = try program.run("init")
    let run = try program.shell("keyledger events | true; keyledger events | head -c 1")
    #expect(run.error.isEmpty)
    #expect(run.output == "{")
  }

  @Test("An answer that can't be written is an error, and says that the deed is done")
  func fullOutput() throws {
    let run = try program.shell("keyledger init > /dev/full; echo $?; keyledger events -q")
    #expect(run.lines == ["7", "1"])
    #expect(run.error.contains("What the command changed stays changed."))
  }
}
