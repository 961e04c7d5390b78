import EventLog
public import KeyLedger

/// Every question that the ledger answers, as of now or of any moment before. A question never appends.
///
/// An instance belongs to one thread at a time and opens what it needs when it needs it: questions that the log answers
/// alone need neither views nor vault. Each question begins with `moment`, and all its parts rest on that.
public final class Queries {
  /// Where keys are found and listed. Whatever lets someone in or out is folded from the log in either case.
  public enum Source: Sendable {
    case views
    /// A fold of the log alone, from its first event. Cost: proportional to the log.
    case replay
  }

  public let ledgerID: LedgerID
  /// Handles, joined from the vault when they are read.
  public let names: Names

  let log: any EventLog
  let tables: KeyTables
  let sealed: SealedRows
  let journal: JournalReader
  private let clock: any Clock
  var shown: GuardWatch
  private var backfill = BackfillMark()
  let memory: Memory

  /// Opens the log for reading. Throws what keeps it from being opened.
  ///
  /// - Parameter watch: is told when the views have to be brought to the head.
  public convenience init(
    _ directory: LedgerDirectory, clock: any Clock = SystemClock(), source: Source = .views, watch: ViewsWatch? = nil
  ) throws(Refusal) {
    try self.init(directory, clock: clock, source: source, watch: watch, sharing: Memory())
  }

  /// - Parameter memory: shared with others that ask about the same ledger.
  init(
    _ directory: LedgerDirectory, clock: any Clock, source: Source, watch: ViewsWatch?, sharing memory: Memory
  ) throws(Refusal) {
    try directory.checkPresence()
    let log: SQLiteLog
    do {
      log = try SQLiteLog(path: directory.ledger, mode: .readOnly)
    } catch {
      throw Refusal(translating: error)
    }
    self.log = log
    self.clock = clock
    self.memory = memory
    ledgerID = log.ledger
    shown = GuardWatch(directory.rollbackGuard(of: log.ledger))
    sealed = SealedRows(directory, ledger: log.ledger)
    journal = JournalReader(path: directory.journal, ledger: log.ledger)
    names = Names(log, sealed)
    tables =
      source == .views
      ? .views(ViewTables(path: directory.views, log: log, watch: watch)) : .replay(ReplayedTables(log: log))
  }

  /// Why names could not be read since the last `moment`; nil when none was wanted or all went well.
  public var vaultProblem: VaultProblem? { sealed.problem }

  // MARK: Moments

  /// The moment that a question is about. Cost: a row or two, logarithmic for a time.
  ///
  /// - Parameter point: nil for now, which is the later of the clock and the time of the last event. Past a time: all
  ///   events up to and including it, judged at it. Past an event: events 1 to it, judged at its time. A point after
  ///   now or beyond the head is `bad_usage`.
  public func moment(_ point: Point? = nil) throws(Refusal) -> Moment {
    let clock = clock.now()
    return try read { log in
      let head = try log.head().size
      guard head > 0, let last = try log.lastTime() else { throw LogError.damaged("the log holds no event") }
      let now = max(clock, last)
      names.stand(at: head)
      let (sequence, time) = try place(of: point, now: now, head: head, log)
      return Moment(
        sequence: sequence, time: time, isPast: point != nil,
        restsOnBackfill: try backfill.isWithin(first: sequence, log))
    }
  }

  /// The moment of another point that the same question speaks of. One after `horizon`, the question's own moment, is
  /// `bad_usage`.
  public func moment(_ point: Point, notAfter horizon: Moment) throws(Refusal) -> Moment {
    try read { log in
      let (sequence, time) = try place(of: point, now: horizon.time, head: horizon.sequence, log)
      return Moment(
        sequence: sequence, time: time, isPast: true, restsOnBackfill: try backfill.isWithin(first: sequence, log))
    }
  }

  private func place(of point: Point?, now: Instant, head: UInt64, _ log: any LogReader) throws -> (UInt64, Instant) {
    switch point {
    case nil: return (head, now)
    case .time(let time):
      guard time <= now else {
        throw Refusal(.badUsage, "That is after now; the ledger knows only what has happened.", field: "at")
      }
      // Events of the same millisecond that came after the head are not part of the picture.
      return (min(try log.sequence(at: time), head), time)
    case .event(let number):
      guard number > 0, number <= head, let event = try log.event(number) else {
        throw Refusal(.badUsage, "There is no event \(number); the log holds events 1 to \(head).", field: "at")
      }
      return (number, event.time)
    }
  }

  // MARK: Reading

  /// Runs `body` over one picture of the log, with what goes wrong put in the words of a refusal.
  func read<R>(_ body: (any LogReader) throws -> R) throws(Refusal) -> R {
    do {
      return try log.read(body)
    } catch {
      throw Refusal(translating: error)
    }
  }
}

/// Whether history of another system stands among the first events.
///
/// Backfilling ends for good with the first event that has no mark and is later than the founding. So the log is:
/// events at the founding time, marked or not; then marked ones; then the ledger's own. Whoever looks for the first
/// mark therefore looks at the few events of the founding and one more, and never needs to look again.
struct BackfillMark {
  private enum Knowledge {
    /// None of events 1 to so many, all at the founding time, is marked.
    case noneUpTo(UInt64)
    case begins(UInt64)
    case never
  }

  private var knowledge = Knowledge.noneUpTo(0)

  /// Whether any of events 1 to `sequence` was recorded after it happened.
  mutating func isWithin(first sequence: UInt64, _ log: any LogReader) throws -> Bool {
    var founded: Instant?
    while case .noneUpTo(let known) = knowledge, known < sequence, let event = try log.event(known + 1) {
      let start = try founded ?? log.event(1)?.time
      founded = start
      if event.marks.recorded != nil {
        knowledge = .begins(event.sequence)
      } else if event.time != start {
        knowledge = .never
      } else {
        knowledge = .noneUpTo(event.sequence)
      }
    }
    if case .begins(let first) = knowledge { return first <= sequence }
    return false
  }
}
