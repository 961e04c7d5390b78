import EventLog
import Formats
import Glibc
public import KeyLedger

extension Queries {
  /// Records looked at in one picture of the log. They are copied out of it before anyone else sees them, so that no
  /// reader keeps the log's WAL from being cut while a slow caller writes.
  private static let pageRecords: UInt64 = 1_000
  /// Between two looks for new events. Microseconds.
  private static let pollInterval: UInt32 = 20_000

  /// The wanted events up to the moment, in order, each with the exact bytes of its record, as long as `body` wants
  /// more (returns true). Needs the log alone; a user's handle also needs the vault.
  ///
  /// Throws `Refusal`, or what `body` throws. Cost: the range looked at; for a key, its stream.
  public func events(_ filter: EventFilter, at moment: Moment, _ body: (Event, Span<UInt8>) throws -> Bool) throws {
    try events(filter, at: moment, through: moment.sequence, body)
  }

  /// As `events`, up to an event that may be before the moment's.
  func events(
    _ filter: EventFilter, at moment: Moment, through: UInt64, _ body: (Event, Span<UInt8>) throws -> Bool
  ) throws {
    let wanted = try WantedEvents(filter, self, at: moment)
    var delivery = Delivery(after: filter.after, limit: filter.limit)
    let range = try wanted.bounds(through: through, self)
    delivery.cursor = max(delivery.cursor, range.after)
    _ = try deliver(wanted, &delivery, through: range.through, body)
  }

  /// As `events`, and then each new one within 100 ms of its commit, until `isCancelled`, `body` returns false, the
  /// limit is reached or the time `until` has come. Blocks its thread.
  public func follow(
    _ filter: EventFilter, isCancelled: () -> Bool, _ body: (Event, Span<UInt8>) throws -> Bool
  ) throws {
    let wanted = try WantedEvents(filter, self, at: try moment())
    var delivery = Delivery(after: filter.after, limit: filter.limit)
    while !isCancelled() {
      // The look comes first: what is appended after it makes the next one differ.
      let counter = try changeCounter()
      let now = try moment()
      let range = try wanted.bounds(through: now.sequence, self)
      delivery.cursor = max(delivery.cursor, range.after)
      guard try deliver(wanted, &delivery, through: range.through, body) else { return }
      // An event is never earlier than the now of its append, so none within the bounds can come any more.
      if let until = filter.until, now.time >= until { return }
      repeat {
        usleep(Queries.pollInterval)
        if isCancelled() { return }
        if let until = filter.until, try moment().time >= until { break }
      } while try changeCounter() == counter
    }
  }

  private func changeCounter() throws(Refusal) -> Int64 {
    do {
      return try log.changeCounter()
    } catch {
      throw Refusal(translating: error)
    }
  }

  // MARK: Pages

  /// How far the caller has got.
  private struct Delivery {
    var cursor: UInt64
    var remaining: Int

    init(after: UInt64, limit: Int?) {
      cursor = after
      remaining = limit ?? .max
    }
  }

  /// False when nothing more is wanted.
  private func deliver(
    _ wanted: WantedEvents, _ delivery: inout Delivery, through: UInt64, _ body: (Event, Span<UInt8>) throws -> Bool
  ) throws -> Bool {
    while delivery.remaining > 0, delivery.cursor < through {
      let page = try page(wanted, after: delivery.cursor, through: through, limit: delivery.remaining)
      for (event, record) in page.found {
        delivery.remaining -= 1
        guard try body(event, record.span) else { return false }
      }
      delivery.cursor = page.end
    }
    return delivery.remaining > 0
  }

  private struct Page {
    var found: [(event: Event, record: [UInt8])] = []
    /// The last event that was looked at.
    var end: UInt64
  }

  private func page(_ wanted: WantedEvents, after: UInt64, through: UInt64, limit: Int) throws(Refusal) -> Page {
    try read { log in
      guard let stream = wanted.stream else {
        let end = min(through, after + Queries.pageRecords)
        var page = Page(end: end)
        try log.eventsInOrder(after: after, through: end) { event, record in
          if wanted.admits(event) { page.found.append((event, Array(copying: record))) }
          page.end = event.sequence
          return page.found.count < limit
        }
        // Where the log ends early the caller must not ask for ever.
        if page.found.count < limit { page.end = end }
        return page
      }
      var page = Page(end: through)
      for event in try log.events(of: stream, through: through) where event.sequence > after && wanted.admits(event) {
        if page.found.count == min(limit, Int(Queries.pageRecords)) {
          page.end = page.found.last?.event.sequence ?? through
          break
        }
        try log.records(after: event.sequence - 1, through: event.sequence) { _, record in
          page.found.append((event, Array(copying: record)))
          return true
        }
      }
      return page
    }
  }
}

/// A filter whose names have been looked up.
struct WantedEvents {
  /// All wanted events are of this stream.
  let stream: Stream?
  private let environment: Slug?
  private let type: String?
  private let actor: Actor?
  private let since: Instant?
  private let until: Instant?

  /// `not_found` for an environment, key or user that is not there, `bad_usage` for a type or actor that none can be.
  init(_ filter: EventFilter, _ queries: Queries, at moment: Moment) throws(Refusal) {
    var environment: Slug?
    if let name = filter.environment { environment = try queries.environment(name, at: moment).id }
    var stream: Stream?
    if let key = filter.key { stream = try queries.stream(ofKey: key, at: moment) }
    if let type = filter.type, !RecordCodec.types.contains(where: { sameBytes($0, type) }) {
      throw Refusal(
        .badUsage, "There is no such type of event; they are \(RecordCodec.types.joined(separator: ", ")).",
        field: "type")
    }
    self.environment = environment
    self.stream = stream
    type = filter.type
    actor = try filter.actor.map { (text) throws(Refusal) in try queries.actor(text) }
    since = filter.since
    until = filter.until
  }

  func admits(_ event: Event) -> Bool {
    if let actor, event.actor != actor { return false }
    if let type, !sameBytes(RecordCodec.type(of: event.data), type) { return false }
    guard let environment else { return true }
    switch event.stream {
    case .environment(let id), .key(let id, _): return id == environment
    case .ledger, .user: return false
    }
  }

  /// The part of the log that lies within the times asked for. Cost: logarithmic.
  func bounds(through: UInt64, _ queries: Queries) throws(Refusal) -> (after: UInt64, through: UInt64) {
    try queries.read { log in
      // Times are whole milliseconds: before a time is at or before the one that precedes it.
      let after = try since.map { try log.sequence(at: $0.advanced(by: -1)) } ?? 0
      let last = try until.map { min(try log.sequence(at: $0.advanced(by: -1)), through) } ?? through
      return (after, last)
    }
  }
}

extension Queries {
  /// A key's stream, found in the log alone, so that it needs nothing beside it. Cost: a look into each environment.
  fileprivate func stream(ofKey text: String, at moment: Moment) throws(Refusal) -> Stream {
    guard let id = KeyID(text) else { throw Queries.noSuchKey }
    let found = try read { log in
      try log.environments().lazy.map { Stream.key($0, id) }
        .first { try !log.events(of: $0, through: moment.sequence).isEmpty }
    }
    guard let found else { throw Queries.noSuchKey }
    return found
  }

  /// An actor as the record names it; a user also by handle or id, a key also by its id.
  fileprivate func actor(_ text: String) throws(Refusal) -> Actor {
    if let actor = Actor(text) { return actor }
    if let key = KeyID(text) { return .key(key) }
    if let user = try names.user(text) { return .user(user) }
    let prefix = "user:"
    if text.utf8.starts(with: prefix.utf8), let rest = String(text.utf8.dropFirst(prefix.utf8.count)),
      let user = try names.user(rest)
    {
      return .user(user)
    }
    throw Refusal(
      .notFound, "There is no such actor; give user:HANDLE_OR_ID, key:ID, operator:NAME or system.", field: "actor")
  }
}
