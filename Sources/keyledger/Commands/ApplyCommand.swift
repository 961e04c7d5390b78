import EventLog
import Formats
import KeyLedger
import LedgerService

enum ApplyCommand {
  static let spec = CommandSpec(
    path: ["apply"], summary: "Do the commands of a file, one JSON object a line",
    discussion: [
      "{\"command\":\"key.create\",\"environment\":\"production\",\"name\":\"Billing\",\"scope\":[\"customers:write\"],"
        + "\"ref\":\"billing\",\"idempotency_key\":\"b1\"}",
      "Commands: " + ApplyDecoder.Word.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      "A ref names the key that a line makes, for the \"key\" of later lines. A line with an idempotency_key is done once, "
        + "however often the file is applied, and names its key again. Each line is answered by one line of ndjson, as it "
        + "is done; the first refusal stops the run. Exits 1 if any was refused.",
      "With --backfill each line says when it happened (\"time\") and who did it (\"actor\"): the history of another "
        + "system, into a ledger that holds nothing else yet.",
    ],
    arguments: [
      ArgumentSpec(name: "FILE", help: "the file, or - for standard input", value: .completed(.files))
    ],
    options: [
      .flag("backfill", "lines carry their own times and actors"),
      .flag("keep-going", "do the lines after a refused one too"),
    ],
    effect: .changesMany, offTerminal: .ndjson,
    examples: ["keyledger apply --dry-run commands.ndjson", "keyledger apply --backfill history.ndjson"], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let options = ApplyOptions(
      operatorName: session.operatorName, isBackfill: invocation.has("backfill"), goesOn: invocation.has("keep-going"),
      now: session.clock.now())
    let reader = try CommandLines(invocation.argument("FILE"))
    return .written(session.isDry ? try rehearse(reader, options, session) : try apply(reader, options, session))
  }

  private static func apply(_ reader: CommandLines, _ options: ApplyOptions, _ session: Session) throws(Refusal)
    -> ExitCode
  {
    let queries = try session.queries()
    let service = try session.service()
    let printer = ApplyPrinter(session)
    let progress = session.progress("Applying", betweenResults: true)
    defer { progress.clear() }
    var run = ApplyRun(options)
    var told: Set<String> = []
    // A line is done or not, and told when it is done: Ctrl-C takes effect between two.
    Interruption.askFirst()
    while run.goesOn, !Interruption.wasAsked, let line = try reader.next() {
      let result = run.next(line) { request in
        do throws(Refusal) { return .success(try service.submit(request)) } catch { return .failure(error) }
      }
      var shapes: Shapes?
      var remarks = [ApplyPrinter.Row(result).refused].compactMap { $0 }
      if case .success(let outcome) = result.outcome {
        shapes = try Shapes(queries, telling: outcome)
        // The state that is warned of lasts, so once is enough.
        remarks += session.warnings(outcome).filter { told.insert($0).inserted }
      }
      printer.print(result, try result.json(shapes))
      if !remarks.isEmpty { progress.clear() }
      for remark in remarks { Output.remark(remark) }
      progress.report(run.count, of: 0)
    }
    progress.clear()
    return end(run, session)
  }

  /// The whole file is read first: a rehearsal holds the write lock until it ends.
  private static func rehearse(_ reader: CommandLines, _ options: ApplyOptions, _ session: Session) throws(Refusal)
    -> ExitCode
  {
    var lines: [LineReader.Line] = []
    while let line = try reader.next() { lines.append(line) }
    let kept = Kept<(run: ApplyRun, lines: [(ApplyPrinter.Row, JSON)])>()
    try session.service().rehearse { [lines] execute in
      var run = ApplyRun(options)
      var answers: [(ApplyPrinter.Row, JSON)] = []
      for line in lines where run.goesOn {
        let result = run.next(line, execute)
        // Without shapes nothing is read, so nothing can be refused.
        if let json = try? result.json(nil) { answers.append((ApplyPrinter.Row(result), json)) }
      }
      kept.set((run, answers))
    }
    guard let kept = kept.value else { preconditionFailure("a rehearsal without a result") }
    let printer = ApplyPrinter(session)
    for (row, json) in kept.lines {
      printer.print(row, json)
      if let refused = row.refused { Output.remark(refused) }
    }
    return end(kept.run, session)
  }

  private static func end(_ run: ApplyRun, _ session: Session) -> ExitCode {
    if session.format == .table && !session.isQuiet {
      let lines = run.count == 1 ? "1 line" : "\(run.count) lines"
      Output.remark("\(lines), \(run.refused) refused\(session.isDry ? "; a dry run, nothing was appended" : "").")
    }
    if Interruption.wasAsked { return .interrupted }
    return run.refused > 0 ? .refused : .done
  }
}

/// Prints what came of each line as soon as it is known.
struct ApplyPrinter {
  private let format: OutputFormat
  private let isQuiet: Bool
  private let page: Page

  init(_ session: Session) {
    format = session.format
    isQuiet = session.isQuiet
    page = session.page
  }

  /// What people see of a line.
  struct Row: Sendable {
    let number: Int
    let said: Styled
    let key: String?
    /// What standard error is told, in every format; nil when it was done.
    let refused: String?

    init(_ result: ApplyRun.Result) {
      number = result.number
      switch result.outcome {
      case .failure(let refusal):
        let message = Refusals.message(refusal)
        said = Styled("○ \(refusal.code.rawValue): \(message)", .ended)
        key = nil
        refused = "keyledger: line \(result.number): \(message)"
      case .success(let outcome):
        let types = outcome.events.map { RecordCodec.type(of: $0.event.data) }.joined(separator: " ")
        said =
          outcome.repeated
          ? Styled("● done before", .quiet) : Styled("● " + (types.isEmpty ? "nothing to change" : types), .good)
        key = ApplyRun.key(of: outcome.answer)?.description
        refused = nil
      }
    }
  }

  func print(_ result: ApplyRun.Result, _ json: JSON) { print(Row(result), json) }

  func print(_ row: Row, _ json: JSON) {
    if isQuiet {
      if let key = row.key { Output.result([key]) }
    } else if format == .table {
      let parts = [TextWidth.pad("\(row.number)", to: 6, right: true), row.said.rendered(colour: page.colour)]
      Output.result([(parts + [row.key ?? "", json.text("secret")]).filter { !$0.isEmpty }.joined(separator: "  ")])
    } else {
      // One document could only be printed at the end, and the secrets with it; so json is ndjson here.
      Output.result(json.line() + [UInt8(ascii: "\n")])
    }
  }
}
