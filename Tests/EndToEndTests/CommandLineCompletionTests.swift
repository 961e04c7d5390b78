import Testing

@testable import keyledger

@Suite("Completion scripts")
struct CommandLineCompletionTests {
  private let program: CommandLineProgram

  init() throws { program = try CommandLineProgram() }

  @Test("bash reads the script without a complaint")
  func bashParses() throws {
    let run = try program.shell("keyledger completion bash > script && bash -n script")
    #expect(run.exit == 0)
    #expect(run.error.isEmpty)
  }

  @Test(
    "bash completes commands, options, their words and what the ledger holds",
    arguments: [
      (
        "keyledger ''",
        "init env user resource plan integration client-security key check whose access events diff could prove "
          + "checkpoint verify apply export import serve vault rebuild backup accept-restore recover doctor completion "
          + "version"
      ),
      ("keyledger ev", "events"), ("keyledger key ro", "rotate"), ("keyledger --data x key ro", "rotate"),
      ("keyledger --data = x key ro", "rotate"), ("keyledger key rotate K --gr", "--grace"),
      ("keyledger key rotate K --grace ''", "now 1h 24h 3d 7d"), ("keyledger key rotate K --grace = 2", "24h"),
      ("keyledger user add ada --role ''", "owner member read_only"), ("keyledger plan ''", "starter scale"),
      ("keyledger -o ''", "table json ndjson"), ("keyledger key list --env ''", "staging production"),
      ("keyledger env show p", "production"), ("keyledger key create --env production --name ''", ""),
      ("keyledger key create --scope coupons", "coupons_write coupons:read coupons:write"),
      ("keyledger key create --scope coupons : r", "read"), ("keyledger key create --scope coupons :", "read write"),
      ("keyledger key create --scope = coupons:read,customers : w", "write"),
      ("keyledger key create --scope read_only,coupons_", "read_only,coupons_write"),
      ("keyledger user role ada@example.com --", "--dry-run --idempotency-key --data --output --quiet --actor --help"),
    ])
  func bashCompletes(_ typed: String, _ offered: String) throws {
    let run = try program.shell(
      """
      keyledger init -q >/dev/null 2>&1; keyledger env create production -q >/dev/null
      keyledger env create staging -q >/dev/null
      source <(keyledger completion bash)
      COMP_WORDS=(\(typed)); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _keyledger; echo "${COMPREPLY[*]}"
      """)
    #expect(run.lines == [offered])
    #expect(run.error.isEmpty)
  }

  @Test("Every script knows every command and option", arguments: Shell.allCases)
  func scriptsAreComplete(_ shell: Shell) throws {
    let script = try program.run("completion", shell.rawValue).output
    for command in CommandTable.keyledger.commands {
      for word in command.path { #expect(script.contains(word)) }
      for option in command.options {
        #expect(script.contains(shell == .fish ? "-l \(option.name)" : "--\(option.name)"), "\(option.name)")
      }
    }
  }

  @Test("Quotes and brackets of the zsh and fish scripts pair up", arguments: [Shell.zsh, .fish])
  func quotesPair(_ shell: Shell) {
    for line in shell.script(for: .keyledger) {
      let bare = line.replacing("'\\''", with: "").replacing("\\'", with: "")
      #expect(bare.count { $0 == "'" }.isMultiple(of: 2), "\(line)")
    }
  }
}
