import Formats
import KeyLedger

/// The values that stand in one record after another.
struct KnownValues: Sendable {
  var ledgers: Recurring<LedgerID>
  var actors: Recurring<Actor>
  var environments: Recurring<Slug>
  var scopes: Recurring<Scope>
  var descriptions: Recurring<String>

  /// Nothing is kept: for a record alone.
  static func none() -> KnownValues {
    KnownValues(
      ledgers: Recurring(), actors: Recurring(), environments: Recurring(), scopes: Recurring(),
      descriptions: Recurring())
  }

  /// What a ledger has in use at a time; about 100 KB.
  static func remembering() -> KnownValues {
    KnownValues(
      ledgers: Recurring(places: 2), actors: Recurring(places: 256), environments: Recurring(places: 256),
      scopes: Recurring(places: 1_024), descriptions: Recurring(places: 256))
  }
}

/// Values by the bytes from which they were read, so that what recurs is read once.
///
/// A table with one place for each hash, which the newest takes. Bytes are compared whole: what it gives is what reading
/// them again would give.
package struct Recurring<Value: Sendable>: Sendable {
  private struct Entry {
    let hash: UInt64
    /// Where its bytes lie in `texts`.
    let start: Int
    let count: Int
    let value: Value
  }

  /// Bytes of a value beyond which it is not kept.
  private static var longest: Int { 256 }
  /// Bytes of all values beyond which they are forgotten: places that were taken over leave theirs behind.
  private static var most: Int { 1 << 16 }

  private var entries: [Entry?]
  /// The place of the value that was found or kept last.
  private var last = 0
  private var texts: [UInt8] = []
  private let shift: UInt64

  /// - Parameter places: a power of two, and more than one.
  package init(places: Int) {
    precondition(places > 1 && places.nonzeroBitCount == 1)
    entries = Array(repeating: nil, count: places)
    shift = UInt64(64 - places.trailingZeroBitCount)
  }

  /// Keeps nothing.
  init() {
    entries = []
    shift = 0
  }

  package mutating func find(_ text: Span<UInt8>) -> Value? {
    guard !entries.isEmpty, 1...Recurring.longest ~= text.count else { return nil }
    let hash = text.mixed
    let place = Int(hash >> shift)
    guard let entry = entries[place], entry.hash == hash, entry.count == text.count, holds(entry, text) else {
      return nil
    }
    last = place
    return entry.value
  }

  /// The value that was found or kept last, where its bytes are the first of these; and how many they are. For values
  /// whose bytes show where they end.
  func again(_ rest: Span<UInt8>) -> (value: Value, count: Int)? {
    guard !entries.isEmpty, let entry = entries[last], rest.count >= entry.count,
      holds(entry, rest.extracting(0..<entry.count))
    else { return nil }
    return (entry.value, entry.count)
  }

  private func holds(_ entry: Entry, _ text: Span<UInt8>) -> Bool {
    texts.span.extracting(entry.start..<entry.start + entry.count).equals(text)
  }

  package mutating func keep(_ value: Value, _ text: Span<UInt8>) {
    guard !entries.isEmpty, 1...Recurring.longest ~= text.count else { return }
    if texts.count + text.count > Recurring.most {
      texts.removeAll(keepingCapacity: true)
      entries = Array(repeating: nil, count: entries.count)
    }
    let hash = text.mixed
    last = Int(hash >> shift)
    entries[last] = Entry(hash: hash, start: texts.count, count: text.count, value: value)
    unsafe text.withUnsafeBufferPointer { unsafe texts.append(contentsOf: $0) }
  }
}
