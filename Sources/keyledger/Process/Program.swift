import Formats
import KeyLedger
import LedgerService

/// One run: words in, answer out, exit code.
enum Program {
  static func run() -> ExitCode {
    Hardening.apply()
    Interruption.install()
    let terminal = Terminal.current()
    let table = CommandTable.keyledger
    var parser: ArgumentParser?
    do throws(Refusal) {
      let raw = RawArguments.read()
      var reading = ArgumentParser(raw.words, table: table)
      defer { parser = reading }
      if let fault = raw.fault {
        // Parsed nevertheless: an error keeps to the format that was asked for.
        _ = try? reading.parse()
        throw fault
      }
      switch try reading.parse() {
      case .help(let path):
        Output.result(Help(table, terminalWidth: terminal.width).lines(for: path))
        return .done
      case .run(let invocation):
        return try run(invocation, terminal)
      }
    } catch {
      return refuse(error, parser, terminal)
    }
  }

  private static func run(_ invocation: Invocation, _ terminal: Terminal) throws(Refusal) -> ExitCode {
    if invocation.mayWrite { Output.announceChanges() }
    let session = try Session(invocation, terminal)
    defer { session.close() }
    let reply = try invocation.command.run(invocation, session)
    // Reads go on; what changes has been refused, or has just ended that state.
    let warning = invocation.changes ? nil : try session.restoredWarning()
    defer { if let warning { Output.remark(warning) } }
    switch reply {
    case .written(let exit): return exit
    case .document(let document):
      let problem = session.vaultProblem
      if let problem, problem.isLoose { throw problem.refusal }
      Output.result(document.bytes(as: session.format, quiet: session.isQuiet, on: session.page))
      let hints = session.format == .table && !session.isQuiet ? document.hints : []
      if !hints.isEmpty, terminal.isOutput, terminal.isError { Output.remark("") }
      let unshown = session.isQuiet ? document.unshown : []
      for remark in hints + unshown + document.warnings { Output.remark(remark) }
      if let problem { Output.remark("keyledger: Names cannot be shown. " + Refusals.message(problem.refusal)) }
      return document.exit
    }
  }

  /// The one place where an error leaves: a sentence for people, and an object where JSON is expected.
  private static func refuse(_ refusal: Refusal, _ parser: ArgumentParser?, _ terminal: Terminal) -> ExitCode {
    if parser.map({ wantsObject($0.options, of: $0.command, terminal) }) ?? false {
      Output.result([Refusals.json(refusal).pretty()])
    }
    Output.remark("keyledger: " + TextWidth.harmless(Refusals.message(refusal)))
    return ExitCode(refusal.code)
  }

  /// `--quiet` keeps the object back only where nobody asked for JSON. Who expects records one a line gets it too.
  private static func wantsObject(_ options: GivenOptions, of command: CommandSpec?, _ terminal: Terminal) -> Bool {
    let expected = command?.offTerminal == .table ? OutputFormat.table : .json
    return Session.format(options, offTerminal: expected, terminal) == .json
      && (options.has("output") || !options.has("quiet"))
  }
}

enum Refusals {
  /// `{"error":{"code","message"}}`.
  static func json(_ refusal: Refusal) -> JSON { .object([JSONMember("error", error(refusal))]) }

  static func error(_ refusal: Refusal) -> JSON {
    .object([
      JSONMember("code", .string(refusal.code.rawValue)), JSONMember("message", .string(message(refusal))),
    ])
  }

  /// The sentence, wherever it was written: the one place that keeps a pasted secret out of it.
  static func message(_ refusal: Refusal) -> String { SecretMask.text(refusal.message) }
}
