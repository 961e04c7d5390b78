/// Bytes that come in at the end and go out at the front. Empty it holds no memory; what it held can be handed on.
struct ByteBuffer {
  private var storage: [UInt8]
  private var start = 0
  private var end = 0

  /// Takes memory over; what is in it does not matter.
  init(storage: [UInt8] = []) {
    self.storage = storage
  }

  var count: Int { end - start }
  var isEmpty: Bool { end == start }
  var capacity: Int { storage.count }

  var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get { storage.span.extracting(start..<end) }
  }

  /// Gives the memory away. The buffer is empty afterwards.
  mutating func takeStorage() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &storage)
    (start, end) = (0, 0)
    return taken
  }

  /// Makes room for `count` more bytes: by moving to the front, else by doubling.
  mutating func reserve(_ count: Int) {
    guard storage.count - end < count else { return }
    if start > 0 {
      move(from: start, to: 0, count: end - start)
      (start, end) = (0, end - start)
    }
    guard storage.count - end < count else { return }
    let wanted = max(end + count, storage.count * 2)
    storage.append(contentsOf: repeatElement(0, count: wanted - storage.count))
  }

  /// Lets `write` put bytes into the room behind the last, of which there are at least `count`; it returns how many it
  /// put, or a negative number.
  @inline(__always)
  mutating func fill(
    atLeast count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int
  ) -> Int {
    reserve(count)
    let end = end
    let written = unsafe storage.withUnsafeMutableBytes { all in
      unsafe write(UnsafeMutableRawBufferPointer(rebasing: all[end...]))
    }
    precondition(written <= storage.count - end, "more bytes than there was room for")
    if written > 0 { self.end += written }
    return written
  }

  /// Lets `write` put bytes behind the last, at most `count`: room is made once for all of them.
  @inline(__always)
  mutating func append(atMost count: Int, _ write: (inout ByteWriter) -> Void) {
    _ = unsafe fill(atLeast: count) { room in
      var writer = unsafe ByteWriter(room)
      write(&writer)
      return writer.count
    }
  }

  mutating func append(_ bytes: Span<UInt8>) {
    append(atMost: bytes.count) { $0.put(bytes) }
  }

  mutating func append(_ text: StaticString) {
    append(atMost: text.utf8CodeUnitCount) { $0.put(text) }
  }

  mutating func append(_ byte: UInt8) {
    reserve(1)
    storage[end] = byte
    end += 1
  }

  mutating func append(decimal number: Int) {
    precondition(number >= 0, "lengths are not negative")
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var (rest, index) = (number, digits.count)
    repeat {
      index -= 1
      digits[index] = 0x30 + UInt8(rest % 10)
      rest /= 10
    } while rest > 0
    append(digits.span.extracting(index..<digits.count))
  }

  mutating func append(hexadecimal number: Int) {
    precondition(number >= 0, "lengths are not negative")
    let width = max(1, (Int.bitWidth - number.leadingZeroBitCount + 3) / 4)
    for digit in stride(from: width - 1, through: 0, by: -1) {
      let value = UInt8((number >> (4 * digit)) & 15)
      append(value < 10 ? 0x30 + value : 0x61 + value - 10)
    }
  }

  mutating func removeFirst(_ count: Int) {
    precondition(count >= 0 && count <= self.count, "more bytes than there are")
    start += count
    if start == end { (start, end) = (0, 0) }
  }

  /// Keeps the first `count` bytes.
  mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count, "more bytes than there are")
    end = start + count
  }

  /// Moves the bytes of `range` to `offset`, before it.
  mutating func shift(_ range: Range<Int>, to offset: Int) {
    precondition(offset >= 0 && offset <= range.lowerBound && range.upperBound <= count, "a range of the buffer")
    move(from: start + range.lowerBound, to: start + offset, count: range.count)
  }

  /// Closes the gap that `range` is.
  mutating func remove(_ range: Range<Int>) {
    shift(range.upperBound..<count, to: range.lowerBound)
    end -= range.count
  }

  private mutating func move(from: Int, to: Int, count: Int) {
    guard count > 0, from != to else { return }
    unsafe storage.withUnsafeMutableBytes { all in
      unsafe UnsafeMutableRawBufferPointer(rebasing: all[to..<to + count])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: all[from..<from + count]))
    }
  }
}
