internal import Formats

/// What a key was granted.
enum Grant {
  /// Nothing that bits can say.
  case nothing
  case everything
  case permissions(Bits)

  /// Which resources of the catalogue, one bit each, were granted to be read, and to be written.
  struct Bits: Sendable, Equatable {
    var read: UInt64 = 0
    var write: UInt64 = 0
  }
}

/// Each permissions that keys have, once: most keys have what many others have. Found by number, and by what they are.
struct Grants: Sendable {
  static let nothing: UInt32 = 0
  private static let everything: UInt32 = 1
  /// Numbers of what has bits begin here.
  private static let first: UInt32 = 2

  private var all: [Grant.Bits] = []
  private var numbers = RowNumbers()

  /// So many are nothing to speak of.
  private static let few = 1_024

  init() {}

  /// Without the room that the array has to grow, which depends on the allocator: so equal ones are equally large.
  var byteCount: Int { all.count * MemoryLayout<Grant.Bits>.stride + numbers.byteCount }

  subscript(_ number: UInt32) -> Grant {
    switch number {
    case Grants.nothing: .nothing
    case Grants.everything: .everything
    default: .permissions(all[Int(number - Grants.first)])
    }
  }

  func has(_ number: UInt32) -> Bool { number < Grants.first || Int(number - Grants.first) < all.count }

  mutating func number(of grant: Grant) -> UInt32 {
    switch grant {
    case .nothing: return Grants.nothing
    case .everything: return Grants.everything
    case .permissions(let bits): return Grants.first + place(of: bits)
    }
  }

  private mutating func place(of bits: Grant.Bits) -> UInt32 {
    if let known = numbers.first(Grants.hash(bits), where: { all[Int($0)] == bits }) { return known }
    all.append(bits)
    numbers.insertLast(of: all.count) { [all] in Grants.hash(all[Int($0)]) }
    return UInt32(all.count - 1)
  }

  /// Whether there are so many that at least a fifth of them is of none of so many keys any more.
  func areTooMany(for keys: Int) -> Bool { all.count >= max(Grants.few, keys + keys / 4) }

  private static func hash(_ bits: Grant.Bits) -> UInt64 {
    let mixed = (bits.read &* 0xff51_afd7_ed55_8ccd) ^ bits.write
    return (mixed ^ mixed >> 32) &* 0x9e37_79b9_7f4a_7c15
  }
}

// As they stand in a cache: how many, then both numbers of each, little-endian.
extension Grants {
  func write(to bytes: inout [UInt8]) {
    bytes.append(number: UInt32(all.count))
    for bits in all {
      bytes.append(number: bits.read)
      bytes.append(number: bits.write)
    }
  }

  /// Nil for anything else.
  init?(reading bytes: inout ByteCursor) {
    guard let count = bytes.uint32() else { return nil }
    for _ in 0..<count {
      guard let read = bytes.uint64(), let write = bytes.uint64() else { return nil }
      let number = place(of: Grant.Bits(read: read, write: write))
      guard Int(number) == all.count - 1 else { return nil }
    }
  }
}
