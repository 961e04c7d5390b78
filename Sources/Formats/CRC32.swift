/// CRC-32 as in IEEE 802.3, zlib and PNG: polynomial 0x04C11DB7 reflected, all ones in, inverted out.
package struct CRC32 {
  private static let table: [UInt32] = (0..<256).map { (index: UInt32) in
    var value = index
    for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    return value
  }

  package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
    let table = Self.table
    var state: UInt32 = 0xFFFF_FFFF
    for i in bytes.indices { state = table[Int((state ^ UInt32(bytes[i])) & 0xFF)] ^ state >> 8 }
    return ~state
  }

  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    checksum(bytes.span)
  }

  // By way of an array: a generic loop, unspecialised across modules, took 40 ns a byte.
  package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    checksum(Array(bytes))
  }
}
