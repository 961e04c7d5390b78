import Formats
import Glibc
import KeyLedger
import LedgerService

/// What one run works with, opened when it is first needed. Belongs to the main thread.
final class Session {
  let terminal: Terminal
  let format: OutputFormat
  let isQuiet: Bool
  let isDry: Bool
  let directory: LedgerDirectory
  let operatorName: OperatorName
  private let idempotencyKey: String?
  /// The moment that is asked about, as it was typed.
  private let point: Point?
  private let source: Queries.Source
  let clock = SystemClock()

  private var openQueries: Queries?
  private var openService: LedgerService?
  private var hasWarned = false
  /// The moment that the answer rests on, once it is known.
  private(set) var answered: Moment?

  init(_ invocation: Invocation, _ terminal: Terminal) throws(Refusal) {
    let options = invocation.options
    self.terminal = terminal
    format = Session.format(options, offTerminal: invocation.command.offTerminal, terminal)
    isQuiet = options.has("quiet")
    isDry = options.has("dry-run")
    directory = try Session.directory(options)
    let isActorItsOwn = invocation.command.options.contains { $0.name == "actor" }
    operatorName = try Session.operatorName(isActorItsOwn ? nil : options.value("actor"))
    idempotencyKey = try Session.idempotencyKey(options)
    source = options.has("replay") ? .replay : .views
    if let text = options.value("at") {
      point = try Point.parse(text, now: clock.now())
    } else {
      point = nil
    }
  }

  // MARK: Reading

  func queries() throws(Refusal) -> Queries {
    if let openQueries { return openQueries }
    let queries = try Queries(directory, clock: clock, source: source)
    openQueries = queries
    return queries
  }

  /// The moment that `--at` names, else now.
  func moment() throws(Refusal) -> Moment {
    let moment = try queries().moment(point)
    answered = moment
    return moment
  }

  /// Queries, the moment asked about, and the shapes of what was true then.
  func reading() throws(Refusal) -> Reading {
    let queries = try queries()
    let moment = try moment()
    return Reading(queries: queries, moment: moment, shapes: try Shapes(queries, at: moment))
  }

  struct Reading {
    let queries: Queries
    let moment: Moment
    let shapes: Shapes
  }

  /// Names of users, where the ledger has been opened.
  var people: People { People { [openQueries] in openQueries?.names.name(of: $0) } }

  /// Why names could not be shown in what was asked.
  var vaultProblem: VaultProblem? { openQueries?.vaultProblem }

  /// What a read says, once, of a ledger that counts as restored: nil for one that is whole, or was not opened.
  func restoredWarning() throws(Refusal) -> String? {
    guard !hasWarned, let restoration = try openQueries?.restoration() else { return nil }
    hasWarned = true
    return "keyledger: Warning: " + Refusals.message(restoration)
  }

  // MARK: Changing

  func service() throws(Refusal) -> LedgerService {
    if let openService { return openService }
    let service = try LedgerService(directory, clock: clock)
    openService = service
    return service
  }

  func request(_ command: Command) -> Request {
    var request = Request(command, by: .operator(operatorName))
    request.idempotencyKey = idempotencyKey
    return request
  }

  /// Readers first: the last connection to go folds the WAL into its file, and a reading one cannot.
  func close() {
    openQueries = nil
    openService?.close()
    if let problem = openService?.guardProblem {
      Output.remark("keyledger: Warning: what was done stays done. " + Refusals.message(problem))
    }
  }

  // MARK: Printing

  var page: Page {
    let isPast = answered?.isPast ?? false
    let now = answered?.time ?? clock.now()
    return Page(width: terminal.width, colour: terminal.colour, times: HumanTime(now: now, isPast: isPast))
  }

  /// A bar on standard error. Not while results go to the same terminal, where each would overwrite the other.
  func progress(_ label: String, betweenResults: Bool = false) -> Progress {
    Progress(label, shown: terminal.isError && !isQuiet && !(betweenResults && terminal.isOutput))
  }

  /// As above, for work of several steps.
  func stepProgress() -> StepBars { StepBars(shown: terminal.isError && !isQuiet) }

  /// A table for people, for programs what the command has for them.
  static func format(_ options: GivenOptions, offTerminal: OutputFormat, _ terminal: Terminal) -> OutputFormat {
    if let asked = options.value("output").flatMap({ OutputFormat(rawValue: $0) }) { return asked }
    return terminal.isOutput ? .table : offTerminal
  }

  // MARK: Options

  private static func directory(_ options: GivenOptions) throws(Refusal) -> LedgerDirectory {
    let variable = try RawArguments.variable("KEYLEDGER_DATA")
    let asked = options.value("data") ?? variable ?? "keyledger-data"
    guard !asked.utf8.isEmpty else { throw Refusal(.badUsage, "--data names no directory.") }
    return LedgerDirectory(
      path: asked, rootKeyPath: try RawArguments.variable("KEYLEDGER_ROOT_KEY_FILE"),
      shownPath: try RawArguments.variable("KEYLEDGER_SHOWN"))
  }

  private static func operatorName(_ asked: String?) throws(Refusal) -> OperatorName {
    guard let asked else { return Login.operatorName }
    guard let name = OperatorName(asked) else {
      throw Refusal(.badUsage, "--actor is 1 to 64 of letters, digits and . _ @ -.")
    }
    return name
  }

  private static func idempotencyKey(_ options: GivenOptions) throws(Refusal) -> String? {
    guard let key = options.value("idempotency-key") else { return nil }
    guard IdempotencyKey.isWellFormed(key) else { throw Refusal(.badUsage, "--idempotency-key " + IdempotencyKey.rule) }
    return key
  }
}

enum IdempotencyKey {
  static let rule = "is 1 to 255 printable ASCII characters."

  static func isWellFormed(_ key: String) -> Bool {
    (1...255).contains(key.utf8.count) && key.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }
}
