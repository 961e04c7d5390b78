import Testing

@testable import keyledger

@Suite("Help of the command line")
struct CommandLineHelpTests {
  private let program: CommandLineProgram

  init() throws { program = try CommandLineProgram() }

  private static let paths =
    [[]] + CommandTable.keyledger.groups.map { [$0.name] }
    + CommandTable.keyledger.commands.map(\.path)

  @Test("Every command and group has help that fits eighty columns", arguments: paths)
  func everyCommandHasHelp(_ path: [String]) throws {
    let run = try program.run(path + ["--help"])
    #expect(run.exit == 0)
    #expect(run.error.isEmpty)
    #expect(run.output.contains((["Usage: keyledger"] + path).joined(separator: " ")))
    for line in run.lines where !line.hasPrefix("  keyledger ") && !line.contains("{\"command\"") {
      #expect(TextWidth.of(line) <= 80, "\(line)")
    }
  }

  @Test(
    "Help is found wherever it is asked for, whatever else is wrong",
    arguments: [
      ["key", "rotate", "--help"], ["help", "key", "rotate"], ["--help", "key", "rotate"], ["key", "--help", "rotate"],
      ["key", "rotate", "-h", "--no-such-option"], ["key", "rotate", "K", "--grace", "7d", "--help"],
    ])
  func helpIsFoundAnywhere(_ arguments: [String]) throws {
    let run = try program.run(arguments)
    #expect(run.exit == 0)
    #expect(run.lines.contains("Usage: keyledger key rotate KEY --grace GRACE"))
  }

  @Test("The help of a command says what it does, takes and shows")
  func helpOfACommand() throws {
    let run = try program.run("key", "rotate", "--help")
    #expect(
      run.output.hasPrefix(
        """
        Replace a key by one with a new secret, shown this once.

        Usage: keyledger key rotate KEY --grace GRACE

        The old key stays valid for the grace period and is ended then. Meanwhile it
        verifies and reads as before, but changes nothing: a key that manages keys is
        replaced in its callers first.

        Arguments
          KEY  the key's id

        Options
          --grace GRACE  how long the old key stays valid: now, 1h, 24h, 3d, 7d

        """))
  }

  @Test("The overview names every command and says where the data lie")
  func overview() throws {
    let text = try program.run("--help").output
    for group in CommandTable.keyledger.groups { #expect(text.contains("\n  \(group.name) ")) }
    #expect(text.contains("$KEYLEDGER_DATA") && text.contains("$KEYLEDGER_ROOT_KEY_FILE"))
  }

  @Test(
    "Where names are typed the help says that they stay for ever", arguments: [["key", "create"], ["key", "rename"]])
  func namesStay(_ path: [String]) throws {
    #expect(try program.run(path + ["--help"]).output.contains("stay in the log for ever"))
  }

  private static let examples = CommandTable.keyledger.commands.flatMap { command in
    command.examples.map { (command.path, $0) }
  }

  @Test("Every example is a command line that parses", arguments: examples)
  func examplesParse(_ path: [String], _ example: String) throws {
    let words = try program.shell("keyledger() { printf '%s\\n' \"$@\"; }; source() { :; }\n\(commandOnly(example))")
      .lines
    var parser = ArgumentParser(words, table: .keyledger)
    guard case .run(let invocation) = try parser.parse() else {
      Issue.record("\(example) asks for help")
      return
    }
    #expect(invocation.command.path == path)
  }

  /// Without what the shell does around it.
  private func commandOnly(_ example: String) -> String {
    let inner = example.hasPrefix("source <(") ? String(example.dropFirst("source <(".count).dropLast()) : example
    return String(inner.prefix { $0 != "<" && $0 != ">" })
  }
}
