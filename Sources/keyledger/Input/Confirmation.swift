import Glibc
import KeyLedger

/// Asks before what can't be undone. Only on a terminal: elsewhere `--yes` says it, and a rehearsal undoes itself.
enum Confirmation {
  static let option = OptionSpec.flag("yes", "do not ask; needed where there is no terminal")

  /// Whether it may go on. `consequence` is worked out only when somebody is there to read it.
  static func given(
    _ invocation: Invocation, _ session: Session, _ question: String, consequence: () throws(Refusal) -> [String]
  ) throws(Refusal) -> Bool {
    if session.isDry || invocation.has("yes") { return true }
    guard session.terminal.isInput, session.terminal.isError else {
      throw Refusal(.badUsage, "\(invocation.command.name) can't be undone: without a terminal it needs --yes.")
    }
    for line in try consequence() { Output.remark(TextWidth.harmless(line)) }
    Output.aside(question + " [y/N] ")
    let answer = readLine(strippingNewline: true)?.lowercased()
    if answer == "y" || answer == "yes" { return true }
    Output.remark("Nothing was changed.")
    return false
  }
}
