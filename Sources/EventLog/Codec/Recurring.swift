import Formats

/// Values by the bytes from which they were read, so that what recurs is read once.
///
/// A table with one place for each hash, which the newest takes. Bytes are compared whole: what it gives is what reading
/// them again would give. Its functions go into whoever calls them: called as generic ones from another room, they cost
/// more than what they spare.
@usableFromInline
package struct Recurring<Value: Sendable>: Sendable {
  @usableFromInline var texts: RecurringTexts
  @usableFromInline var values: [Value?]

  /// - Parameter places: a power of two, and more than one.
  @inlinable
  package init(places: Int) {
    texts = RecurringTexts(places: places)
    values = Array(repeating: nil, count: places)
  }

  /// Keeps nothing.
  init() {
    texts = RecurringTexts()
    values = []
  }

  @inlinable
  package mutating func find(_ text: Span<UInt8>) -> Value? { texts.find(text).flatMap { values[$0] } }

  /// The value that was found or kept last, where its bytes are the first of these; and how many they are. For values
  /// whose bytes show where they end.
  func again(_ rest: Span<UInt8>) -> (value: Value, count: Int)? {
    guard let (place, count) = texts.again(rest), let value = values[place] else { return nil }
    return (value, count)
  }

  @inlinable
  package mutating func keep(_ value: Value, _ text: Span<UInt8>) {
    if let place = texts.keep(text) { values[place] = value }
  }
}

/// The bytes, each with its place.
@usableFromInline
struct RecurringTexts: Sendable {
  private struct Entry {
    let hash: UInt64
    /// Where its bytes lie in `bytes`.
    let start: Int
    let count: Int
  }

  /// Bytes of a value beyond which it is not kept.
  private static let longest = 256
  /// Bytes of all values beyond which they are forgotten: places that were taken over leave theirs behind.
  private static let most = 1 << 16

  private var entries: [Entry?]
  /// The place of the value that was found or kept last.
  private var last = 0
  private var bytes: [UInt8] = []
  private let shift: UInt64

  @usableFromInline
  init(places: Int) {
    precondition(places > 1 && places.nonzeroBitCount == 1)
    entries = Array(repeating: nil, count: places)
    shift = UInt64(64 - places.trailingZeroBitCount)
  }

  /// Keeps nothing.
  init() {
    entries = []
    shift = 0
  }

  /// The place of bytes that were kept; nil for others.
  @usableFromInline
  mutating func find(_ text: Span<UInt8>) -> Int? {
    guard !entries.isEmpty, 1...RecurringTexts.longest ~= text.count else { return nil }
    let hash = text.mixed
    let place = Int(hash >> shift)
    guard let entry = entries[place], entry.hash == hash, entry.count == text.count, holds(entry, text) else {
      return nil
    }
    last = place
    return place
  }

  func again(_ rest: Span<UInt8>) -> (place: Int, count: Int)? {
    guard !entries.isEmpty, let entry = entries[last], rest.count >= entry.count,
      holds(entry, rest.extracting(0..<entry.count))
    else { return nil }
    return (last, entry.count)
  }

  private func holds(_ entry: Entry, _ text: Span<UInt8>) -> Bool {
    bytes.span.extracting(entry.start..<entry.start + entry.count).equals(text)
  }

  /// The place that is theirs from now on; nil where they are not kept.
  @usableFromInline
  mutating func keep(_ text: Span<UInt8>) -> Int? {
    guard !entries.isEmpty, 1...RecurringTexts.longest ~= text.count else { return nil }
    if bytes.count + text.count > RecurringTexts.most {
      bytes.removeAll(keepingCapacity: true)
      entries = Array(repeating: nil, count: entries.count)
    }
    let hash = text.mixed
    last = Int(hash >> shift)
    entries[last] = Entry(hash: hash, start: bytes.count, count: text.count)
    unsafe text.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    return last
  }
}
