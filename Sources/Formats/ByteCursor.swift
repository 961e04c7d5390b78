/// Bytes that are read from the front. Nothing is read beyond their end. Numbers are little-endian.
package struct ByteCursor: ~Escapable {
  private let bytes: Span<UInt8>
  private var place = 0

  @_lifetime(copy bytes)
  package init(_ bytes: Span<UInt8>) { self.bytes = bytes }

  /// Bytes that are left.
  package var count: Int { bytes.count - place }

  /// Nil when fewer bytes are left, as for the others.
  package mutating func uint64() -> UInt64? {
    guard let bytes = span(8) else { return nil }
    return bytes.uint64(at: 0)
  }

  package mutating func uint32() -> UInt32? {
    guard let bytes = span(4) else { return nil }
    return bytes.uint32(at: 0)
  }

  package mutating func uint16() -> UInt16? {
    guard let bytes = span(2) else { return nil }
    return UInt16(bytes[0]) | UInt16(bytes[1]) << 8
  }

  /// So many bytes.
  @_lifetime(copy self)
  package mutating func span(_ count: Int) -> Span<UInt8>? {
    guard count >= 0, count <= self.count else { return nil }
    defer { place += count }
    return bytes.extracting(place..<place + count)
  }
}

extension Span<UInt8> {
  /// The little-endian number that begins there; traps beyond the end.
  @inlinable package func uint64(at place: Int) -> UInt64 {
    precondition(place >= 0 && place <= count - 8, "a number beyond the end")
    return UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
  }

  /// As the other.
  @inlinable package func uint32(at place: Int) -> UInt32 {
    precondition(place >= 0 && place <= count - 4, "a number beyond the end")
    return UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
  }
}

extension [UInt8] {
  /// Appends the bytes of a number, the least significant first.
  @inlinable package mutating func append(number: UInt64) {
    unsafe Swift.withUnsafeBytes(of: number.littleEndian) { unsafe append(contentsOf: $0) }
  }

  /// As the other.
  @inlinable package mutating func append(number: UInt32) {
    unsafe Swift.withUnsafeBytes(of: number.littleEndian) { unsafe append(contentsOf: $0) }
  }

  /// As the other.
  @inlinable package mutating func append(number: UInt16) {
    unsafe Swift.withUnsafeBytes(of: number.littleEndian) { unsafe append(contentsOf: $0) }
  }
}
