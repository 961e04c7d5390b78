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
      ledgers: Recurring(places: 1), actors: Recurring(places: 256), environments: Recurring(places: 256),
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
  private var texts: [UInt8] = []
  private let shift: UInt64

  /// - Parameter places: a power of two.
  package init(places: Int) {
    precondition(places.nonzeroBitCount == 1)
    entries = Array(repeating: nil, count: places)
    shift = UInt64(64 - places.trailingZeroBitCount)
  }

  /// Keeps nothing.
  init() {
    entries = []
    shift = 0
  }

  package func find(_ text: Span<UInt8>) -> Value? {
    guard !entries.isEmpty, 1...Recurring.longest ~= text.count else { return nil }
    // With one place there is nothing to choose.
    let hash = entries.count == 1 ? 0 : text.mixed
    guard let entry = entries[place(hash)], entry.hash == hash, entry.count == text.count,
      texts.span.extracting(entry.start..<entry.start + entry.count).equals(text)
    else { return nil }
    return entry.value
  }

  package mutating func keep(_ value: Value, _ text: Span<UInt8>) {
    guard !entries.isEmpty, 1...Recurring.longest ~= text.count else { return }
    if texts.count + text.count > Recurring.most {
      texts.removeAll(keepingCapacity: true)
      entries = Array(repeating: nil, count: entries.count)
    }
    let hash = entries.count == 1 ? 0 : text.mixed
    entries[place(hash)] = Entry(hash: hash, start: texts.count, count: text.count, value: value)
    unsafe text.withUnsafeBufferPointer { unsafe texts.append(contentsOf: $0) }
  }

  private func place(_ hash: UInt64) -> Int { shift < 64 ? Int(hash >> shift) : 0 }
}
