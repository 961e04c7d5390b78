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
  private var writer: KeyRowWriter
  private var decoder: RecordDecoder
  private var frontier = Frontier()
  private var reader = KeyRowReader()
  /// The last version of each key, with `to` as it was written: what the stretch of log ahead is believed to hold.
  private var versions: [KeyVersion] = []
  /// The places of keys in `versions`.
  private var numbers = KeyNumbers()
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
    decoder = RecordDecoder(ledger: ledger)
    resumedFrom = try ShadowBuild.prepare(connection, ledger, generation, head)
    writer = try connection.read {
      _ = try ShadowBuild.standing(connection, ledger, atLeast: 0)
      return try KeyRowWriter(connection, .shadow)
    }
    if resumedFrom != nil { try connection.read { try absorb() } }
  }

  var position: ViewsPosition {
    ViewsPosition(ledger: ledger, frontier: frontier, idempotencyKeys: idempotencyKeys)
  }

  /// How far the shadow tables have come. Throws `Gone` where they do not hold what a build has put into them: they
  /// are in place already, or another process has begun anew. In the transaction of the caller that relies on it.
  static func standing(
    _ connection: Connection, _ ledger: LedgerID, atLeast sequence: UInt64
  ) throws -> ViewsPosition {
    guard let position = try? ViewsPosition.read(connection, .shadow), position.ledger == ledger,
      position.sequence >= sequence
    else { throw Gone() }
    return position
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

  /// Goes on, batch by batch, towards the head that the log has, at most as far as one look at the log may last;
  /// `progress` is told after each batch. True when the head is reached. Throws `NotOfThisLog` when the root there is
  /// another, `Gone` when the tables are in place already.
  mutating func advance(
    _ log: any EventLog, _ limits: ViewsLimits, _ progress: (RebuildProgress) throws -> Void
  ) throws -> Bool {
    let head = try log.read { try $0.head() }
    try connection.read { try absorb() }
    // Another process may have gone further than this look at the log.
    guard frontier.size <= head.size else { return false }
    if frontier.size == head.size {
      try progress(RebuildProgress(done: head.size, total: head.size))
    } else {
      guard try write(from: log, head, limits, progress), frontier.size == head.size else { return false }
    }
    guard frontier.root == head.root else { throw NotOfThisLog(size: head.size) }
    return true
  }

  /// False when another process was quicker.
  private mutating func write(
    from log: any EventLog, _ head: LogHead, _ limits: ViewsLimits, _ progress: (RebuildProgress) throws -> Void
  ) throws -> Bool {
    if ahead.end <= frontier.size { ahead = try Successors(log, after: frontier.size, through: head.size) }
    let through = min(frontier.size + limits.pageEvents * UInt64(limits.pagesPerLook), ahead.end)
    var end = frontier.size
    // After a commit there is nothing to roll back.
    defer { connection.rollback() }
    try log.forEachPage(after: frontier.size, through: through) { page in
      page.hash()
      while frontier.size < page.last {
        if frontier.size == end {
          guard try begin() else { return false }
          end = min(end + limits.pageEvents, through)
        }
        try apply(page, through: min(end, page.last))
        guard frontier.size == end else { continue }
        try position.write(connection, .shadow)
        try connection.commit()
        try progress(RebuildProgress(done: end, total: head.size))
      }
      return true
    }
    return frontier.size == through
  }

  /// Begins a batch. False when another process has written one in the meantime.
  private mutating func begin() throws -> Bool {
    try connection.begin(.immediate)
    let before = frontier.size
    try absorb()
    return frontier.size == before
  }

  /// Takes over what is in the tables beyond what this build knows: all of it after a kill, a batch when another
  /// process is at it too. In a transaction of the caller.
  private mutating func absorb() throws {
    let position = try ShadowBuild.standing(connection, ledger, atLeast: 0)
    guard position.sequence != frontier.size else { return }
    restsOnOthers = true
    // Someone began anew: so do we.
    if position.sequence < frontier.size { (versions, numbers, frontier) = ([], KeyNumbers(), Frontier()) }
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
      if let place = numbers.find(version.state.id) {
        versions[place] = version
      } else {
        numbers.append(version.state.id)
        versions.append(version)
      }
    }
    lastIdempotency = try KeyRowWriter.lastIdempotency(connection, .shadow)
    idempotencyKeys = position.idempotencyKeys
    frontier = position.frontier
  }

  /// The events of the page behind those that are done.
  private mutating func apply(_ page: borrowing RecordPage, through: UInt64) throws {
    let range = Int(frontier.size - page.after)..<Int(through - page.after)
    for index in range {
      let event = try decoder.event(index, of: page)
      try apply(event, details: page.record(index).extracting(decoder.data))
    }
    frontier.append(contentsOf: page.leafHashes[range])
  }

  private mutating func apply(_ event: Event, details: Span<UInt8>) throws {
    if let idempotency = event.marks.idempotency?.key, idempotency != lastIdempotency {
      lastIdempotency = idempotency
      idempotencyKeys += 1
      try writer.insertIdempotency(idempotency, at: event.sequence)
    }
    guard case .key(_, let id) = event.stream, let place = try evolve(id, event) else { return }
    versions[place].to = ahead.successor(of: event.sequence)
    try writer.insert(versions[place])
    try writer.insertActivity(of: id, event, details: details)
  }

  /// Brings the key's version forward and ends the row of the one before, unless that row says so already. Returns its
  /// place; nil where the event leaves no version.
  private mutating func evolve(_ id: KeyID, _ event: Event) throws -> Int? {
    guard let place = numbers.find(id) else {
      guard let version = KeyVersion(beginning: event) else { return nil }
      versions.append(version)
      return numbers.append(id)
    }
    let (before, believed) = (versions[place].state.lastEvent, versions[place].to)
    guard versions[place].evolve(event) else { return nil }
    let end = KeyVersion.Place(sequence: event.sequence, time: event.time)
    if believed != end { try writer.close(before, at: end) }
    return place
  }

  /// Puts right what the stretch ahead was believed to hold and did not come: the log was cut back and grew anew
  /// between two runs. Hardly ever anything.
  mutating func finish() throws {
    let open = versions.filter { $0.to != nil }
    guard !open.isEmpty else { return }
    try connection.write {
      _ = try ShadowBuild.standing(connection, ledger, atLeast: frontier.size)
      for version in open { try writer.close(version.state.lastEvent, at: nil) }
    }
  }
}
