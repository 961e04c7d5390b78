package import Cryptography
package import KeyLedger
package import Transparency

/// The log, append-only: the one place where things happened. Two implementations pass one contract suite: SQLite,
/// and one in memory.
///
/// An instance belongs to one thread at a time; other threads and processes open their own.
package protocol EventLog: AnyObject {
  /// Whose log it is.
  var ledger: LedgerID { get }

  /// Runs `body` over one consistent picture of the log: its head does not move in between.
  func read<R>(_ body: (any LogReader) throws -> R) throws -> R

  /// Runs `body` with the write lock held, brought to the head, then commits.
  ///
  /// The commit point: when this returns, what `body` appended is durable. When it throws, nothing was appended, but
  /// for `LogError.outcomeUnknown`, where the commit may or may not have reached the disk.
  func write<R>(_ body: (any LogWriter) throws -> R) throws -> R

  /// As `write`, but everything is undone at the end: what would have happened.
  func rehearse<R>(_ body: (any LogWriter) throws -> R) throws -> R

  /// What opens the same log once more, for reading, on the thread that calls it.
  func another() -> @Sendable () throws -> any EventLog

  /// A number that is another one whenever somebody else has appended since it was last asked. Never false calm: when
  /// the look fails it throws.
  func changeCounter() throws -> Int64
}

/// One consistent picture of a log. Its hashes are those of the Merkle tree over the records.
package protocol LogReader: HashReader {
  var ledger: LedgerID { get }

  /// Size, root and frontier. Cost: one row.
  func head() throws -> LogHead

  /// The time of the last event; nil for an empty log. Cost: one row.
  func lastTime() throws -> Instant?

  /// The events of one stream up to and including number `through`, oldest first. Cost: proportional to the stream.
  func events(of stream: Stream, through: UInt64) throws -> [Event]

  /// Fills the page with events `after`+1 … `through` (or the head), as many as it takes; with none where there are
  /// none. Events before one that is missing are given; where it would be the first, throws `damaged` with its number.
  func fill(_ page: inout RecordPage, after: UInt64, through: UInt64) throws

  /// The number of the last event at or before that time; 0 when there is none. Cost: logarithmic.
  func sequence(at time: Instant) throws -> UInt64

  /// The names of the environments and users that ever were, sorted. Cost: proportional to their number, not to the log.
  func environments() throws -> [Slug]
  func users() throws -> [UserID]

  /// The keys of an environment that ever were, sorted by id. Cost: proportional to the events of its keys.
  func keys(of environment: Slug) throws -> [KeyID]

  /// The numbers of the events of an environment and of its keys up to and including number `through`, in no order.
  /// Cost: proportional to the events of its streams, by an index alone: about 0.2 µs each.
  func sequences(of environment: Slug, through: UInt64) throws -> [UInt64]
}

extension LogReader {
  /// The whole stream.
  package func events(of stream: Stream) throws -> [Event] { try events(of: stream, through: .max) }
}

package protocol LogWriter: LogReader {
  /// Appends the events of one command: whole or not at all, in this order, at `time` (never before the last event's).
  ///
  /// `expected` names versions that streams must have for the append to happen (0: no event yet); otherwise it throws
  /// `LogError.versionChanged` and appends nothing.
  func append(_ drafts: [Draft], at time: Instant, marks: EventMarks, expected: [Stream: UInt64]) throws
    -> [AppendedEvent]
}

/// The head of the log: how many events, and the Merkle tree over them.
package struct LogHead: Equatable, Sendable {
  package let frontier: Frontier

  package var size: UInt64 { frontier.size }
  /// Computed when asked for: as many hashes as the frontier has nodes.
  package var root: Digest { frontier.root }

  package init(frontier: Frontier) { self.frontier = frontier }
}

/// An event as it went in, with the exact bytes and their leaf hash.
package struct AppendedEvent: Sendable {
  package let event: Event
  package let record: [UInt8]
  package let leafHash: Digest

  package init(event: Event, record: [UInt8], leafHash: Digest) {
    self.event = event
    self.record = record
    self.leafHash = leafHash
  }
}

/// What can go wrong below the domain. Each says what happened and, where something can be done, what.
package enum LogError: Error, Equatable, Sendable {
  /// Somebody else held the write lock for longer than we wait.
  case busy
  /// The disk is full, or a limit on the file's size is reached. Nothing was appended.
  case noSpace
  /// The file or its directory can't be written.
  case readOnly(String)
  /// It can't be opened: absent, or no permission.
  case cannotOpen(String)
  /// It is no ledger at all.
  case notALedger(String)
  /// A newer program made it.
  case newerFormat(found: Int64, known: Int64)
  /// It contradicts itself: a schema, a row or a page that is not as this program writes it.
  case damaged(String)
  /// An event that can't be read, by its number.
  case unreadable(sequence: UInt64, reason: String)
  case versionChanged(Stream, expected: UInt64, actual: UInt64)
  /// A record would be larger than the format allows.
  case recordTooLarge(Int)
  /// The commit's fsync failed: what was appended may be there after a crash, or not.
  case outcomeUnknown
  /// Any other failure of file or system.
  case failed(String)
}
