internal import EventLog
package import KeyLedger
internal import SQLite
internal import Synchronization

/// Which keys, and as of when.
package struct KeyQuery: Sendable {
  /// Nil for all.
  package var environment: Slug?
  /// As of this event; nil for where the views stand.
  package var at: UInt64?
  package var includingRemoved: Bool

  package init(environment: Slug? = nil, at: UInt64? = nil, includingRemoved: Bool = false) {
    self.environment = environment
    self.at = at
    self.includingRemoved = includingRemoved
  }
}

extension Views {
  /// The keys, newest first. Cost: some 2 µs a key, and where later events changed them a step over each version since or a
  /// look-up for each such key, whichever seems less. Of many keys another thread reads those of the first half of the log.
  package func keys(_ query: KeyQuery) throws -> [KeyState] {
    try translated {
      let count = try count(of: query.environment)
      guard let at = query.at, at > 0, count >= limits.manyKeys else {
        return try connection.read { try table(query, begunIn: 0...(query.at ?? .max), capacity: count) }
      }
      let middle = at / 2
      let older = OlderKeys(path, ledger, query, begunIn: 0...middle, capacity: count)
      var keys: Result<[KeyState], any Error> = .success([])
      Workers.run(1, { older.read() }) {
        keys = Result { try connection.read { try table(query, begunIn: middle + 1...at, capacity: count) } }
      }
      var all = try keys.get()
      if let rest = older.keys {
        all += rest
      } else {
        all += try connection.read { try table(query, begunIn: 0...middle, capacity: 0) }
      }
      return all
    }
  }

  /// Those that began with an event of the range, in a transaction of the caller.
  ///
  /// - Parameter capacity: keys that the array is to have room for. Room that is not used costs no memory.
  fileprivate func table(_ query: KeyQuery, begunIn range: ClosedRange<UInt64>, capacity: Int) throws -> [KeyState] {
    var keys = try begun(query, in: range, capacity)
    if let at = query.at, try setBack(&keys, to: at), !query.includingRemoved { keys.removeAll(where: \.removed) }
    return keys
  }

  /// Newest first, as they are now; where removed ones are not wanted, without those that had been.
  private func begun(_ query: KeyQuery, in range: ClosedRange<UInt64>, _ capacity: Int) throws -> [KeyState] {
    let rows = try connection.prepare(ViewsQuestions.keys(inEnvironment: query.environment != nil))
    defer { rows.reset() }
    let at = Int64(clamping: query.at ?? .max)
    try rows.bind(1, Int64(clamping: range.upperBound))
    try rows.bind(2, Int64(clamping: range.lowerBound))
    if let environment = query.environment { try rows.bind(3, environment.text) }
    var keys: [KeyState] = []
    // A table that grows is moved, and the kernel hands out all of its memory twice.
    keys.reserveCapacity(capacity)
    while try rows.step() {
      if query.includingRemoved || !reader.isRemoved(rows, at: at) { keys.append(try reader.state(rows)) }
    }
    return keys
  }

  /// All keys of an environment, or of all. Cost: a step over each in an index.
  private func count(of environment: Slug?) throws -> Int {
    let row = try connection.prepare(ViewsQuestions.keyCount(inEnvironment: environment != nil))
    defer { row.reset() }
    if let environment { try row.bind(1, environment.text) }
    return try row.step() ? Int(row.int64(0)) : 0
  }

  /// Looking a key's version up costs as much as walking past so many.
  private static let versionsPerLookUp: UInt64 = 25

  /// Puts what they were as of event `at` in the place of those that a later one changed. Returns whether there are any.
  private func setBack(_ keys: inout [KeyState], to at: UInt64) throws -> Bool {
    let changed = keys.indices.filter { keys[$0].lastEvent > at }
    guard !changed.isEmpty else { return false }
    let last = try connection.prepare(ViewsQuestions.lastVersion)
    defer { last.reset() }
    let since = try last.step() ? UInt64(clamping: last.int64(0)).subtractingClamped(at) : 0
    if UInt64(changed.count) > since / Views.versionsPerLookUp {
      try walkBack(&keys, to: at)
    } else {
      let version = try connection.prepare(ViewsQuestions.version)
      for place in changed { keys[place] = try earlier(keys[place], asOf: at, version) }
    }
    return true
  }

  /// What a key was that a later event has changed. Views that do not say are damaged.
  func earlier(_ key: KeyState, asOf at: UInt64, _ version: Statement) throws -> KeyState {
    defer { version.reset() }
    try version.bind(1, Int64(clamping: key.firstEvent))
    try version.bind(2, Int64(clamping: at))
    guard try version.step() else { throw Views.noVersion(of: key, asOf: at) }
    let found = try reader.version(version, of: key)
    guard found.lastEvent <= at else { throw Views.noVersion(of: key, asOf: at) }
    return found
  }

  private func walkBack(_ keys: inout [KeyState], to at: UInt64) throws {
    let rows = try connection.prepare(ViewsQuestions.versions)
    defer { rows.reset() }
    try rows.bind(1, Int64(clamping: at))
    let firsts = keys.map(\.firstEvent)
    while try rows.step() {
      // Keys of another environment are not among them.
      guard let place = firsts.place(of: try reader.number(rows, 2)) else { continue }
      keys[place] = try reader.version(rows, of: keys[place])
    }
    if let key = keys.first(where: { $0.lastEvent > at }) { throw Views.noVersion(of: key, asOf: at) }
  }

  private static func noVersion(of key: KeyState, asOf at: UInt64) -> ViewsError {
    .damaged("the views do not say what the key begun by event \(key.firstEvent) was as of event \(at)")
  }
}

/// The keys that began early, read by another thread with a connection of its own.
private final class OlderKeys: Sendable {
  private let path: String
  private let ledger: LedgerID
  private let query: KeyQuery
  private let range: ClosedRange<UInt64>
  private let capacity: Int
  private let found = Mutex<[KeyState]?>(nil)

  init(_ path: String, _ ledger: LedgerID, _ query: KeyQuery, begunIn range: ClosedRange<UInt64>, capacity: Int) {
    (self.path, self.ledger, self.query, self.range, self.capacity) = (path, ledger, query, range, capacity)
  }

  /// Nil where they could not be read, or are not those of a moment at which the views had come as far as is asked.
  var keys: [KeyState]? { found.withLock { $0.take() } }

  func read() {
    let keys = try? readThem()
    found.withLock { $0 = keys }
  }

  private func readThem() throws -> [KeyState]? {
    let views = try Views(readOnly: path, ledger: ledger)
    defer { views.close() }
    return try views.connection.read {
      // Views are at times begun anew.
      guard let position = try ViewsPosition.read(views.connection, .live), position.ledger == ledger,
        position.sequence >= query.at ?? .max
      else { return nil }
      return try views.table(query, begunIn: range, capacity: capacity)
    }
  }
}

extension UInt64 {
  fileprivate func subtractingClamped(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}

extension [UInt64] {
  /// Where a number stands in a list that descends; nil where it does not.
  fileprivate func place(of number: UInt64) -> Int? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] > number { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == number ? low : nil
  }
}
