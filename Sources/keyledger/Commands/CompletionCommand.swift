import Formats
import KeyLedger

enum CompletionCommand {
  static let spec = CommandSpec(
    path: ["completion"], summary: "Print the completion script of a shell",
    discussion: [
      "It completes commands, options, their words, and asks the ledger in $KEYLEDGER_DATA for environments and keys."
    ],
    arguments: [
      ArgumentSpec(name: "SHELL", help: "the shell", value: .choice(Shell.allCases.map(\.rawValue)))
    ],
    effect: .none,
    examples: [
      "source <(keyledger completion bash)", "keyledger completion zsh > ~/.zfunc/_keyledger",
      "keyledger completion fish > ~/.config/fish/completions/keyledger.fish",
    ], run: run)

  /// A script is for a shell to read, whatever the format.
  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    guard let shell = Shell(rawValue: invocation.argument("SHELL")) else {
      preconditionFailure("the parser lets only shells through")
    }
    Output.result(shell.script(for: .keyledger))
    return .written(.done)
  }
}
