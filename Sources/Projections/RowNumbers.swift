internal import Formats
internal import KeyLedger

/// An open-addressing table of row numbers, by the upper bits of a hash. At most three quarters are taken.
struct RowNumbers: Sendable {
  /// Row numbers, counted from 1; 0 is free.
  private var slots: [UInt32] = Array(repeating: 0, count: 16)
  private var shift: UInt64 = 60

  init() {}

  var byteCount: Int { slots.count * MemoryLayout<UInt32>.stride }

  func isFull(for count: Int) -> Bool { count * 4 > slots.count * 3 }

  /// The first row along the hash's probes that `isIt`.
  func first(_ hash: UInt64, where isIt: (UInt32) -> Bool) -> UInt32? {
    let slots = slots.span
    var slot = Int(hash >> shift)
    while slots[slot] != 0 {
      let index = slots[slot] - 1
      if isIt(index) { return index }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  /// What stands where the hash's probes begin: the row's number plus one, or 0 where it is free.
  func home(_ hash: UInt64) -> UInt32 { slots[Int(hash >> shift)] }

  mutating func insert(_ index: UInt32, _ hash: UInt64) {
    var slot = Int(hash >> shift)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = index + 1
  }

  /// Half of an id is time: mixed, so that keys made together do not lie together (Fibonacci hashing, Knuth 6.4).
  static func hash(_ id: KeyID) -> UInt64 {
    let low = UInt64(truncatingIfNeeded: id.ulid.bits)
    let high = UInt64(truncatingIfNeeded: id.ulid.bits >> 64)
    return (low ^ (high &* 0xff51_afd7_ed55_8ccd)) &* 0x9e37_79b9_7f4a_7c15
  }

  /// Twice the size, with rows 0 ..< `count` − 1 put in again in their order, so that the first of equals stays first.
  /// The old table is let go before: it is not needed for that.
  mutating func grow(_ count: Int, _ hash: (UInt32) -> UInt64) {
    let size = slots.count * 2
    slots = []
    slots = Array(repeating: 0, count: size)
    shift -= 1
    for index in 0..<UInt32(count - 1) { insert(index, hash(index)) }
  }
}

// As it stands in a cache: its size, then its slots, little-endian.
extension RowNumbers {
  func write(to bytes: inout [UInt8]) {
    bytes.append(number: UInt32(slots.count))
    for slot in slots { bytes.append(number: slot) }
  }

  /// Nil for what is no table of so many rows.
  init?(reading bytes: inout ByteCursor, rows: Int) {
    guard let size = bytes.uint32(), size >= 16, size.nonzeroBitCount == 1, rows < Int(size),
      let taken = bytes.span(Int(size) * MemoryLayout<UInt32>.size)
    else { return nil }
    shift = UInt64(64 - size.trailingZeroBitCount)
    slots = []
    slots.reserveCapacity(Int(size))
    for place in stride(from: 0, to: taken.count, by: MemoryLayout<UInt32>.size) {
      let slot = taken.uint32(at: place)
      guard Int(slot) <= rows else { return nil }
      slots.append(slot)
    }
    // A probe ends at a slot that is free.
    guard slots.count(where: { $0 != 0 }) == rows else { return nil }
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
    if numbers.isFull(for: ids.count) {
      let ids = ids
      numbers.grow(ids.count) { RowNumbers.hash(ids[Int($0)]) }
    }
    numbers.insert(UInt32(ids.count - 1), RowNumbers.hash(id))
    return ids.count - 1
  }
}
