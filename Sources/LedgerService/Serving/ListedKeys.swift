import KeyLedger
import Synchronization

/// The keys of a table, newest first, with the orders in which they have been asked for. Any thread may ask.
final class ListedKeys: Sendable {
  let states: [KeyState]
  private let orders = Mutex<[KeyListing.Order: [Int]]>([:])

  init(_ states: [KeyState]) { self.states = states }

  /// The places of all keys in that order. Cost: a sort, the first time.
  func places(in order: KeyListing.Order) -> [Int] {
    orders.withLock { orders in
      if let places = orders[order] { return places }
      let places = sorted(order)
      orders[order] = places
      return places
    }
  }

  private func sorted(_ order: KeyListing.Order) -> [Int] {
    switch order {
    case .newest: Array(states.indices)
    case .oldest: states.indices.reversed()
    case .name: FoldedNames(states).sorted()
    case .expiry:
      states.indices.map { (states[$0].expiresAt?.milliseconds ?? .max, $0) }.sorted(by: <).map(\.1)
    }
  }
}

/// The names of keys as they are compared: byte by byte, ASCII in any case. Of two that are alike the older key, which has the
/// greater place, comes first.
private struct FoldedNames {
  private static let headBytes = 16

  private struct Name {
    /// Its first 16 bytes, as numbers that compare like them.
    let head: (UInt64, UInt64)
    /// The other ones.
    let rest: Range<Int>
    let place: Int
  }

  /// All names, one after the other.
  private let bytes: [UInt8]
  private let names: [Name]

  init(_ keys: [KeyState]) {
    var (bytes, names) = ([UInt8](), [Name]())
    names.reserveCapacity(keys.count)
    for place in keys.indices {
      let start = bytes.count
      bytes.append(contentsOf: keys[place].name.utf8.lazy.map(FoldedText.folded))
      let middle = min(start + FoldedNames.headBytes / 2, bytes.count)
      let end = min(start + FoldedNames.headBytes, bytes.count)
      names.append(
        Name(
          head: (FoldedNames.number(bytes[start..<middle]), FoldedNames.number(bytes[middle..<end])),
          rest: end..<bytes.count, place: place))
    }
    (self.bytes, self.names) = (bytes, names)
  }

  /// Big-endian; what is shorter than eight bytes comes before what goes on.
  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } << (8 * UInt64(8 - bytes.count) % 64)
  }

  func sorted() -> [Int] {
    names.sorted { a, b in
      if a.head != b.head { return a.head < b.head }
      let rests = (bytes[a.rest], bytes[b.rest])
      if rests.0 != rests.1 { return rests.0.lexicographicallyPrecedes(rests.1) }
      return a.place > b.place
    }.map(\.place)
  }
}
