import Cryptography
import EventLog
import KeyLedger
import Projections
import Transparency

/// A log to which somebody appends each time before it is looked at.
final class GrowingLog: EventLog {
  var history: RandomHistory

  init(_ history: RandomHistory) { self.history = history }

  var ledger: LedgerID { history.log.ledger }

  func read<R>(_ body: (any LogReader) throws -> R) throws -> R {
    try history.grow(by: 3)
    return try history.log.read(body)
  }

  func write<R>(_ body: (any LogWriter) throws -> R) throws -> R { try history.log.write(body) }
  func rehearse<R>(_ body: (any LogWriter) throws -> R) throws -> R { try history.log.rehearse(body) }
  func changeCounter() throws -> Int64 { try history.log.changeCounter() }
  func another() -> @Sendable () throws -> any EventLog { history.log.another() }
}

/// A log with something wrong in it.
final class FaultyLog: EventLog {
  enum Fault: Sendable {
    case unreadable(UInt64)
    case wrongRoot
  }

  /// Why such an event can't be read.
  static let reason = "the type does not stand at the end, at byte 9"

  private let log: any EventLog
  private let fault: Fault

  init(_ log: any EventLog, _ fault: Fault) {
    self.log = log
    self.fault = fault
  }

  var ledger: LedgerID { log.ledger }

  func read<R>(_ body: (any LogReader) throws -> R) throws -> R {
    try log.read { try body(FaultyReader(base: $0, fault: fault)) }
  }

  func write<R>(_ body: (any LogWriter) throws -> R) throws -> R { try log.write(body) }
  func rehearse<R>(_ body: (any LogWriter) throws -> R) throws -> R { try log.rehearse(body) }
  func changeCounter() throws -> Int64 { try log.changeCounter() }

  func another() -> @Sendable () throws -> any EventLog {
    let (open, fault) = (log.another(), fault)
    return { FaultyLog(try open(), fault) }
  }
}

private struct FaultyReader: LogReader {
  let base: any LogReader
  let fault: FaultyLog.Fault

  var ledger: LedgerID { base.ledger }

  func head() throws -> LogHead {
    let head = try base.head()
    guard case .wrongRoot = fault else { return head }
    var frontier = Frontier()
    for number in 0..<head.size { frontier.append(SHA256.hash([UInt8(truncatingIfNeeded: number)])) }
    return LogHead(frontier: frontier)
  }

  func fill(_ page: inout RecordPage, after: UInt64, through: UInt64) throws {
    var whole = RecordPage()
    try base.fill(&whole, after: after, through: through)
    page.restart(after: whole.after)
    for index in 0..<whole.count {
      if case .unreadable(whole.after + UInt64(index) + 1) = fault {
        page.append([UInt8]("no record".utf8).span, version: 1)
      } else {
        page.append(whole.record(index), version: whole.version(index))
      }
    }
  }

  func lastTime() throws -> Instant? { try base.lastTime() }
  func events(of stream: Stream, through: UInt64) throws -> [Event] { try base.events(of: stream, through: through) }
  func sequence(at time: Instant) throws -> UInt64 { try base.sequence(at: time) }
  func environments() throws -> [Slug] { try base.environments() }
  func users() throws -> [UserID] { try base.users() }
  func keys(of environment: Slug) throws -> [KeyID] { try base.keys(of: environment) }
  func sequences(of environment: Slug, through: UInt64) throws -> [UInt64] {
    try base.sequences(of: environment, through: through)
  }
  func hashes(level: Int, range: Range<UInt64>) throws -> [Digest] { try base.hashes(level: level, range: range) }
}
