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
      var reading = ArgumentParser(try RawArguments.read(), table: table)
      defer { parser = reading }
      switch try reading.parse() {
      case .help(let path):
        Output.result(Help(table, terminalWidth: terminal.width).lines(for: path))
        return .done
      case .run(let invocation):
        return try run(invocation, terminal)
      }
    } catch {
      return refuse(error, parser?.options, terminal)
    }
  }

  private static func run(_ invocation: Invocation, _ terminal: Terminal) throws(Refusal) -> ExitCode {
    let session = try Session(invocation, terminal)
    defer { session.close() }
    switch try invocation.command.run(invocation, session) {
    case .written(let exit): return exit
    case .document(let document):
      let problem = session.vaultProblem
      if let problem, problem.isLoose { throw problem.refusal }
      Output.result(document.bytes(as: session.format, quiet: session.isQuiet, on: session.page))
      let hints = session.format == .table && !session.isQuiet ? document.hints : []
      if !hints.isEmpty, terminal.isOutput, terminal.isError { Output.remark("") }
      for remark in hints + document.warnings { Output.remark(remark) }
      if let problem { Output.remark("keyledger: Names cannot be shown. " + problem.refusal.message) }
      return document.exit
    }
  }

  /// The one place where an error leaves: a sentence for people, and an object where JSON is expected.
  private static func refuse(_ refusal: Refusal, _ options: GivenOptions?, _ terminal: Terminal) -> ExitCode {
    if options.map({ Session.format($0, streams: false, terminal) == .json && !$0.has("quiet") }) ?? false {
      Output.result([Refusals.json(refusal).pretty()])
    }
    Output.remark("keyledger: " + TextWidth.harmless(refusal.message))
    return ExitCode(refusal.code)
  }
}

enum Refusals {
  /// `{"error":{"code","message"}}`, with the field at fault where there is one.
  static func json(_ refusal: Refusal) -> JSON { .object([JSONMember("error", error(refusal))]) }

  static func error(_ refusal: Refusal) -> JSON {
    .object([
      JSONMember("code", .string(refusal.code.rawValue)), JSONMember("message", .string(refusal.message)),
    ])
  }
}
