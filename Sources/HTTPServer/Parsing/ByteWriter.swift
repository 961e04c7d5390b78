/// Puts bytes one behind the other into room that is there. Traps when there is no more of it.
@safe struct ByteWriter {
  private let room: UnsafeMutableRawBufferPointer
  /// Bytes that were put.
  private(set) var count = 0

  /// - Parameter room: outlives this.
  @inline(__always)
  init(_ room: UnsafeMutableRawBufferPointer) {
    unsafe self.room = room
  }

  @inline(__always)
  mutating func put(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe copy($0) }
  }

  @inline(__always)
  mutating func put(_ text: StaticString) {
    text.withUTF8Buffer { unsafe copy(UnsafeRawBufferPointer($0)) }
  }

  @inline(__always)
  mutating func put(_ byte: UInt8) {
    unsafe precondition(count < room.count, "more bytes than there is room for")
    unsafe room[count] = byte
    count += 1
  }

  @inline(__always)
  private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
    unsafe precondition(bytes.count <= room.count - count, "more bytes than there is room for")
    guard let start = unsafe room.baseAddress, let source = bytes.baseAddress else { return }
    unsafe (start + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }
}
