internal import EventLog
internal import KeyLedger
internal import SQLite
internal import Transparency

/// Brings the tables that answer forward by a page of events: one transaction, and with it their position.
///
/// A crash before the commit leaves the page undone, after it done; the position says which. A power cut may take the
/// last pages, whole and in order.
struct ViewsPage {
  private var writer: KeyRowWriter
  private let find: Statement
  private var reader = KeyRowReader()
  /// The keys that the page has met, as they are now.
  private var keys: [KeyID: KeyVersion] = [:]
  private var lastIdempotency: Hash256?
  private(set) var idempotencyKeys: UInt64
  private(set) var frontier: Frontier

  init(_ connection: Connection, from position: ViewsPosition) throws {
    writer = try KeyRowWriter(connection, .live)
    find = try connection.prepare(ViewsQuestions.key)
    lastIdempotency = try KeyRowWriter.lastIdempotency(connection, .live)
    idempotencyKeys = position.idempotencyKeys
    frontier = position.frontier
  }

  /// Writes what follows from one event, the next one after the position.
  mutating func apply(_ event: Event, _ record: Span<UInt8>) throws {
    precondition(event.sequence == frontier.size + 1, "events come in order")
    frontier.append(MerkleTree.leafHash(record))
    // All events of a command carry it and stand side by side: the first is enough.
    if let idempotency = event.marks.idempotency?.key, idempotency != lastIdempotency {
      lastIdempotency = idempotency
      idempotencyKeys += 1
      try writer.insertIdempotency(idempotency, at: event.sequence)
    }
    guard case .key(_, let id) = event.stream else { return }
    let prior = try keys[id] ?? present(id)
    guard let version = KeyVersion.after(event, prior) else { return }
    if let prior {
      try writer.close(prior.state.lastEvent, at: KeyVersion.Place(sequence: event.sequence, time: event.time))
    }
    try writer.insert(version)
    try writer.insertActivity(of: id, event, details: record.extracting(try RecordParts.data(of: record)))
    keys[id] = version
  }

  private mutating func present(_ id: KeyID) throws -> KeyVersion? {
    defer { find.reset() }
    try find.bind(1, id.description)
    try find.bind(2, Int64.max)
    return try find.step() ? reader.version(find) : nil
  }
}
