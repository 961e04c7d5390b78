internal import EventLog
internal import KeyLedger
internal import SQLite
internal import Transparency

/// Fills the shadow tables from the log, in batches, each a transaction with its position.
///
/// It can be killed at any point and taken up again, also by another process, also by two at once: each batch looks
/// where the last one ended. The tables have no indexes yet; every key's last version is held in memory.
struct ShadowBuild {
  private let connection: Connection
  private let ledger: LedgerID
  private let writer: KeyRowWriter
  private var frontier = Frontier()
  private var reader = KeyRowReader()
  /// The last version of each key, with `to` as it was written: what the stretch of log ahead is believed to hold.
  private var keys: [KeyID: KeyVersion] = [:]
  private var lastIdempotency: Hash256?
  private var idempotencyKeys: UInt64 = 0
  private var ahead = Successors(after: 0)
  /// Where it was taken up; nil for one that began from nothing.
  private(set) var resumedFrom: UInt64?
  /// Whether some of it is the work of others, or of an earlier run, and so rests on what was found in the file.
  private(set) var restsOnOthers = false

  /// Another process has put the shadow tables in place.
  struct Gone: Error {}

  /// Takes up what a killed build left, unless it can't be of this log; else begins.
  init(_ connection: Connection, _ ledger: LedgerID, _ generation: ViewsSchema.Generation, head: LogHead) throws {
    self.connection = connection
    self.ledger = ledger
    resumedFrom = try ShadowBuild.prepare(connection, ledger, generation, head)
    writer = try KeyRowWriter(connection, .shadow)
    if resumedFrom != nil { try connection.read { try absorb() } }
  }

  var position: ViewsPosition {
    ViewsPosition(ledger: ledger, frontier: frontier, idempotencyKeys: idempotencyKeys)
  }

  /// The tables, with what is known to be wrong with them thrown away.
  static func drop(_ connection: Connection) throws {
    try connection.write { try connection.execute(ViewsSchema.drop(.shadow)) }
  }

  private static func prepare(
    _ connection: Connection, _ ledger: LedgerID, _ generation: ViewsSchema.Generation, _ head: LogHead
  ) throws -> UInt64? {
    let tables = try SchemaObject.made(by: ViewsSchema.tables(.shadow))
    let indexes = ViewsSchema.indexes(.shadow, generation)
    return try connection.write {
      let found = try connection.schema().filter { $0.table.hasSuffix(ViewsSchema.Tables.shadow.rawValue) }
      // A build that was killed at its end has some of its indexes already.
      let isWhole = tables.allSatisfy { found.contains($0) }
      let isOurs = found.allSatisfy { object in tables.contains(object) || indexes.contains(object.sql ?? "") }
      if isWhole, isOurs, let position = try ViewsPosition.read(connection, .shadow), position.ledger == ledger,
        (1...head.size).contains(position.sequence)
      {
        return position.sequence
      }
      try connection.execute(ViewsSchema.drop(.shadow) + ViewsSchema.tables(.shadow))
      try ViewsPosition.start(ledger).write(connection, .shadow)
      return nil
    }
  }

  // MARK: Batches

  /// What a batch came to.
  enum Step { case done, more, needsAnotherLook }

  /// One batch. Done when it reached the head. Throws `NotOfThisLog` when the root there is another, `Gone` when the
  /// tables are in place already.
  mutating func batch(_ log: any LogReader, _ head: LogHead, atMost events: UInt64) throws -> Step {
    if ahead.end <= frontier.size, frontier.size < head.size {
      ahead = try Successors(log, after: frontier.size, through: head.size)
    }
    try connection.begin(.immediate)
    // After a commit there is nothing to roll back.
    defer { connection.rollback() }
    try absorb()
    // Another process may have gone further than this look at the log.
    guard frontier.size <= head.size else { return .needsAnotherLook }
    guard frontier.size < head.size else { return try confirm(head) }
    let through = min(frontier.size + events, head.size)
    try log.eventsInOrder(after: frontier.size, through: through) { event, record in
      try apply(event, record)
      return true
    }
    guard frontier.size == through else {
      throw LogError.damaged("the log ends at event \(frontier.size), before its head")
    }
    let step = through == head.size ? try confirm(head) : .more
    try position.write(connection, .shadow)
    try connection.commit()
    return step
  }

  private func confirm(_ head: LogHead) throws -> Step {
    guard frontier.root == head.root else { throw NotOfThisLog(size: head.size) }
    return .done
  }

  /// Takes over what is in the tables beyond what this build knows: all of it after a kill, a batch when another
  /// process is at it too. In a transaction of the caller.
  private mutating func absorb() throws {
    guard let position = try? ViewsPosition.read(connection, .shadow), position.ledger == ledger else { throw Gone() }
    guard position.sequence != frontier.size else { return }
    restsOnOthers = true
    // Someone began anew: so do we.
    if position.sequence < frontier.size { (keys, frontier) = ([:], Frontier()) }
    let rows = try connection.prepare(
      """
      SELECT \(KeyRowReader.columns(of: "v")) FROM key_versions_shadow AS v
      WHERE v.from_sequence > ?1 AND v.from_sequence <= ?2 ORDER BY v.from_sequence
      """)
    defer { rows.reset() }
    try rows.bind(1, Int64(frontier.size))
    try rows.bind(2, Int64(position.sequence))
    while try rows.step() {
      let version = try reader.version(rows)
      keys[version.state.id] = version
    }
    lastIdempotency = try KeyRowWriter.lastIdempotency(connection, .shadow)
    idempotencyKeys = position.idempotencyKeys
    frontier = position.frontier
  }

  private mutating func apply(_ event: Event, _ record: Span<UInt8>) throws {
    precondition(event.sequence == frontier.size + 1, "events come in order")
    frontier.append(MerkleTree.leafHash(record))
    if let idempotency = event.marks.idempotency?.key, idempotency != lastIdempotency {
      lastIdempotency = idempotency
      idempotencyKeys += 1
      try writer.insertIdempotency(idempotency, at: event.sequence)
    }
    guard case .key(_, let id) = event.stream else { return }
    let prior = keys[id]
    guard let next = KeyVersion.after(event, prior) else { return }
    let place = KeyVersion.Place(sequence: event.sequence, time: event.time)
    if let prior, prior.to != place { try writer.close(prior.state.lastEvent, at: place) }
    let version = KeyVersion(
      state: next.state, endedBy: next.endedBy, from: next.from, to: ahead.successor(of: event.sequence))
    try writer.insert(version)
    try writer.insertActivity(of: id, event, record)
    keys[id] = version
  }

  /// Puts right what the stretch ahead was believed to hold and did not come: the log was cut back and grew anew
  /// between two runs. Hardly ever anything.
  mutating func finish() throws {
    let open = keys.values.filter { $0.to != nil }
    guard !open.isEmpty else { return }
    try connection.write {
      for version in open { try writer.close(version.state.lastEvent, at: nil) }
    }
  }
}

/// Which event follows each in its key's stream, over a stretch of the log: read beforehand, so that a version is
/// written once, with its end. Going back to write it costs a page in a random place for every event.
///
/// Only a help: whoever uses it compares, and puts right what was otherwise.
struct Successors {
  /// Events in a stretch: 16 bytes each.
  private static let limit: UInt64 = 1 << 20

  private let after: UInt64
  private var sequences: [UInt64] = []
  private var times: [Int64] = []

  /// An empty stretch.
  init(after: UInt64) { self.after = after }

  init(_ log: any LogReader, after: UInt64, through: UInt64) throws {
    self.after = after
    let count = Int(min(through - after, Successors.limit))
    sequences = Array(repeating: 0, count: count)
    times = Array(repeating: 0, count: count)
    var last: [KeyID: Int] = [:]
    try log.records(after: after, through: after + UInt64(count)) { sequence, record in
      guard let (id, time) = RecordParts.keyAndTime(of: record) else { return true }
      let index = Int(sequence - after - 1)
      if let before = last.updateValue(index, forKey: id) {
        sequences[before] = sequence
        times[before] = time
      }
      return true
    }
  }

  /// The last event that it covers.
  var end: UInt64 { after + UInt64(sequences.count) }

  func successor(of sequence: UInt64) -> KeyVersion.Place? {
    guard sequence > after, sequence <= end else { return nil }
    let index = Int(sequence - after - 1)
    guard sequences[index] > 0 else { return nil }
    return KeyVersion.Place(sequence: sequences[index], time: Instant(milliseconds: times[index]))
  }
}
