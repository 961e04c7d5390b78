import HTTPServer
import KeyLedger
import LedgerService

/// What all loops of a service share.
final class House: Sendable {
  let configuration: APIConfiguration
  let clock: any Clock
  let service: LedgerService
  let journal: AccessJournal
  /// What all loops verify by, and who looks after it.
  let keeper: IndexKeeper
  /// Heavy questions: two threads and a short queue.
  let questions: QuestionDesk
  /// What was changed is told here. Its queue holds whatever the writer's does: a change that was made must be told.
  let outcomes: QuestionDesk
  let sessions = Sessions()
  let cursors = CursorSeal()
  let limiter: ChangeLimiter
  let hosts: HostCheck
  let metrics: APIMetrics
  let views: ViewsWatch
  let log: AccessLog
  let streams: EventStreams

  private static let outcomeQueue = 16_384

  init(_ configuration: APIConfiguration, clock: any Clock = SystemClock()) throws(Refusal) {
    self.configuration = configuration
    self.clock = clock
    let metrics = APIMetrics()
    self.metrics = metrics
    views = ViewsWatch { metrics.observeViews($0) }
    let directory = configuration.directory
    service = try LedgerService(directory, clock: clock)
    let ledger = try Queries(directory, clock: clock).ledgerID
    keeper = try IndexKeeper(directory, of: ledger) { HTTPServer.giveMemoryBack() }
    journal = try AccessJournal(directory, of: ledger, clock: clock)
    questions = try QuestionDesk(directory, clock: clock, watch: views)
    outcomes = try QuestionDesk(directory, clock: clock, threads: 1, limit: House.outcomeQueue, watch: views)
    limiter = ChangeLimiter(perSecond: configuration.changesPerSecond, burst: configuration.changeBurst)
    hosts = HostCheck(names: configuration.hosts)
    log = try AccessLog()
    streams = try EventStreams(directory, clock: clock)
  }

  /// In the order in which one needs the other.
  func close() {
    streams.close()
    questions.close()
    service.close()
    outcomes.close()
    keeper.close()
    journal.close()
    log.close()
  }
}
