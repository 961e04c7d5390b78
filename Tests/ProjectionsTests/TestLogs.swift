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
}

/// A log with something wrong in it.
final class FaultyLog: EventLog {
  enum Fault {
    case unreadable(UInt64)
    case wrongRoot
  }

  private let log: InMemoryLog
  private let fault: Fault

  init(_ log: InMemoryLog, _ fault: Fault) {
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

  func eventsInOrder(after: UInt64, through: UInt64, _ body: (Event, Span<UInt8>) throws -> Bool) throws {
    try base.eventsInOrder(after: after, through: through) { event, record in
      if case .unreadable(event.sequence) = fault {
        throw LogError.unreadable(sequence: event.sequence, reason: "for the test")
      }
      return try body(event, record)
    }
  }

  func lastTime() throws -> Instant? { try base.lastTime() }
  func events(of stream: Stream, through: UInt64) throws -> [Event] { try base.events(of: stream, through: through) }
  func event(_ sequence: UInt64) throws -> Event? { try base.event(sequence) }
  func records(after: UInt64, through: UInt64, _ body: (UInt64, Span<UInt8>) throws -> Bool) throws {
    try base.records(after: after, through: through, body)
  }
  func sequence(at time: Instant) throws -> UInt64 { try base.sequence(at: time) }
  func environments() throws -> [Slug] { try base.environments() }
  func users() throws -> [UserID] { try base.users() }
  func keys(of environment: Slug) throws -> [KeyID] { try base.keys(of: environment) }
  func sequences(of environment: Slug, through: UInt64) throws -> [UInt64] {
    try base.sequences(of: environment, through: through)
  }
  func hashes(level: Int, range: Range<UInt64>) throws -> [Digest] { try base.hashes(level: level, range: range) }
}
