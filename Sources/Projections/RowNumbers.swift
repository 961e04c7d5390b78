internal import Formats
internal import KeyLedger

/// An open-addressing table of row numbers, by a hash whose bits are all as good: the upper ones say where a row is looked
/// for, and of the lower ones as many as are to spare stand beside its number, so that hardly a row is visited in vain. At
/// most four fifths are taken.
struct RowNumbers: Sendable {
  /// Row numbers, counted from 1, in the lower bits, and above them bits of the hash; 0 is free.
  private var slots: [UInt32] = Array(repeating: 0, count: RowNumbers.least)

  private static let least = 16

  init() {}

  var byteCount: Int { slots.count * MemoryLayout<UInt32>.stride }

  /// The first row along the hash's probes that `isIt`.
  func first(_ hash: UInt64, where isIt: (UInt32) -> Bool) -> UInt32? {
    let slots = slots.span
    let (numbers, word) = (RowNumbers.numbers(of: slots.count), UInt32(truncatingIfNeeded: hash))
    var slot = RowNumbers.slot(hash, of: slots.count)
    while slots[slot] != 0 {
      if (slots[slot] ^ word) & ~numbers == 0 {
        let index = (slots[slot] & numbers) - 1
        if isIt(index) { return index }
      }
      slot = slot + 1 == slots.count ? 0 : slot + 1
    }
    return nil
  }

  /// What stands where the hash's probes begin: the row's number plus one, or 0 where it is free.
  func home(_ hash: UInt64) -> UInt32 {
    slots[RowNumbers.slot(hash, of: slots.count)] & RowNumbers.numbers(of: slots.count)
  }

  /// Puts in the last of `count` rows, of which all others are in already.
  ///
  /// - Parameter hash: of any of them.
  mutating func insertLast(of count: Int, _ hash: (UInt32) -> UInt64) {
    if RowNumbers.areTooMany(count, for: slots.count) { grow(count, hash) }
    insert(UInt32(count - 1), hash(UInt32(count - 1)))
  }

  /// Half of an id is time: mixed, so that keys made together do not lie together (Fibonacci hashing, Knuth 6.4).
  static func hash(_ id: KeyID) -> UInt64 {
    let low = UInt64(truncatingIfNeeded: id.ulid.bits)
    let high = UInt64(truncatingIfNeeded: id.ulid.bits >> 64)
    return (low ^ (high &* 0xff51_afd7_ed55_8ccd)) &* 0x9e37_79b9_7f4a_7c15
  }

  private mutating func insert(_ index: UInt32, _ hash: UInt64) {
    let numbers = RowNumbers.numbers(of: slots.count)
    var slot = RowNumbers.slot(hash, of: slots.count)
    while slots[slot] != 0 { slot = slot + 1 == slots.count ? 0 : slot + 1 }
    slots[slot] = (UInt32(truncatingIfNeeded: hash) & ~numbers) | (index + 1)
  }

  /// A quarter larger, with all before the last put in again in their order, so that the first of equals
  /// stays first. The old table is let go before: it is not needed for that.
  private mutating func grow(_ count: Int, _ hash: (UInt32) -> UInt64) {
    let size = slots.count + slots.count / 4
    precondition(size <= UInt32.max, "numbers of rows have 32 bits")
    slots = []
    slots = Array(repeating: 0, count: size)
    for index in 0..<UInt32(count - 1) { insert(index, hash(index)) }
  }

  private static func areTooMany(_ rows: Int, for size: Int) -> Bool { rows * 5 > size * 4 }

  /// The bits that hold a number.
  private static func numbers(of size: Int) -> UInt32 { .max >> UInt32(UInt32(size).leadingZeroBitCount) }

  /// Where the probes begin.
  private static func slot(_ hash: UInt64, of size: Int) -> Int { Int(hash.multipliedFullWidth(by: UInt64(size)).high) }
}

// As it stands in a cache: its size, then its slots, little-endian.
extension RowNumbers {
  func write(to bytes: inout [UInt8]) {
    bytes.append(number: UInt32(slots.count))
    for slot in slots { bytes.append(number: slot) }
  }

  /// Nil for what is no table of so many rows.
  init?(reading bytes: inout ByteCursor, rows: Int) {
    guard let size = bytes.uint32().map({ Int($0) }), size >= RowNumbers.least,
      !RowNumbers.areTooMany(rows, for: size), let taken = bytes.span(size * MemoryLayout<UInt32>.size)
    else { return nil }
    let numbers = RowNumbers.numbers(of: size)
    slots = []
    slots.reserveCapacity(size)
    var count = 0
    for place in stride(from: 0, to: taken.count, by: MemoryLayout<UInt32>.size) {
      let slot = taken.uint32(at: place)
      if slot != 0 {
        guard 1...rows ~= Int(slot & numbers) else { return nil }
        count += 1
      }
      slots.append(slot)
    }
    // A probe ends at a slot that is free.
    guard count == rows else { return nil }
  }
}

/// Keys by the order in which they came, counted from 0.
struct KeyNumbers: Sendable {
  private var ids: [KeyID] = []
  private var numbers = RowNumbers()

  func find(_ id: KeyID) -> Int? { numbers.first(RowNumbers.hash(id)) { ids[Int($0)] == id }.map { Int($0) } }

  /// The numbers of many keys. In steps that do not wait for one another: so the processor fetches what it needs for many
  /// of them together.
  func find(_ wanted: [KeyID], _ found: inout [Int?]) {
    // Until the last step -1 says that there is none, and -2 that it lies further on.
    found.removeAll(keepingCapacity: true)
    for index in wanted.indices { found.append(Int(numbers.home(RowNumbers.hash(wanted[index]))) - 1) }
    for index in wanted.indices {
      if let first = found[index], first >= 0, ids[first] != wanted[index] { found[index] = -2 }
    }
    for index in wanted.indices {
      guard let first = found[index], first < 0 else { continue }
      found[index] = first == -1 ? nil : find(wanted[index])
    }
  }

  /// A key that is new. Returns its number.
  @discardableResult
  mutating func append(_ id: KeyID) -> Int {
    ids.append(id)
    numbers.insertLast(of: ids.count) { [ids] in RowNumbers.hash(ids[Int($0)]) }
    return ids.count - 1
  }
}
