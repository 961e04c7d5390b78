internal import EventLog
internal import KeyLedger
internal import SQLite
internal import Transparency

/// Brings the tables that answer forward by a page of events: one transaction, and with it their position.
///
/// A crash before the commit leaves the page undone, after it done; the position says which. A power cut may take the
/// last pages, whole and in order.
struct ViewsPage {
  private let writer: KeyRowWriter
  private let find: Statement
  private var reader = KeyRowReader()
  /// The keys that the page has met, as they are now.
  private var maker: RowMaker
  private var rows = ViewRows()
  /// Of those keys the places of the ones that had rows before.
  private var known: [Int] = []
  private(set) var frontier: Frontier

  init(_ connection: Connection, from position: ViewsPosition) throws {
    writer = try KeyRowWriter(connection, .live)
    find = try connection.prepare(ViewsQuestions.key)
    maker = RowMaker(
      lastIdempotency: try KeyRowWriter.lastIdempotency(connection, .live), idempotencyKeys: position.idempotencyKeys)
    frontier = position.frontier
  }

  var idempotencyKeys: UInt64 { maker.idempotencyKeys }

  /// What follows from one event, the next one after the position.
  mutating func apply(_ event: Event, _ record: Span<UInt8>) throws {
    precondition(event.sequence == frontier.size + 1, "events come in order")
    frontier.append(MerkleTree.leafHash(record))
    if case .key(_, let id) = event.stream, maker.keys.place(of: id) == nil, let key = try present(id) {
      known.append(maker.learn(key))
    }
    maker.add(event, details: record.extracting(try RecordParts.data(of: record)), to: &rows)
  }

  /// Writes it all.
  func write() throws(SQLiteError) {
    try writer.insert(rows)
    let keys = maker.keys.list
    var known = known[...]
    for place in keys.indices {
      if place == known.first {
        known.removeFirst()
        try writer.change(key: keys[place])
      } else {
        try writer.insert(keys: keys[place...place])
      }
    }
  }

  private mutating func present(_ id: KeyID) throws -> KeyState? {
    defer { find.reset() }
    try find.bind(1, id.description)
    return try find.step() ? reader.state(find) : nil
  }
}
