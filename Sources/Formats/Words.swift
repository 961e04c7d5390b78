/// Eight bytes at a time, for the loops that look at every byte of every record.
///
/// The word at an offset, its first byte the lowest, is loaded without alignment; the offset must leave eight bytes, which the load checks.
struct Words: ~Escapable {
  private let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>) {
    // A byte has no padding that could be read uninitialised.
    unsafe self.bytes = bytes.bytes
  }

  var count: Int { bytes.byteCount }

  subscript(_ offset: Int) -> UInt64 {
    // Any eight bytes are a UInt64; what is unsafe about the load is only that other types could be invalid.
    unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// A high bit in the first byte of the word that ends a plain run in a JSON string (a control character, a quote or
  /// a backslash) and none in those before it; bits after it mean nothing. Zero when there is no such byte.
  ///
  /// "Determine if a word has a zero byte" and "a byte less than n" of Sean Anderson's Bit Twiddling Hacks, which
  /// borrow only from bytes after a found one.
  @inline(__always)
  static func specials(_ word: UInt64) -> UInt64 {
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5C)
    let control = (word &- ones &* 0x20) & ~word
    return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & highBits
  }

  /// A high bit in the first byte of the word that is `byte`; as for `specials`.
  @inline(__always)
  static func occurrences(of byte: UInt8, in word: UInt64) -> UInt64 {
    let zero = word ^ (ones &* UInt64(byte))
    return (zero &- ones) & ~zero & highBits
  }
}

extension Span<UInt8> {
  /// Whether these are the same bytes.
  package func equals(_ other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    let (own, others) = (Words(self), Words(other))
    var i = 0
    while i + 8 <= count {
      if own[i] != others[i] { return false }
      i += 8
    }
    // What is left is compared together with what was compared before it.
    if count >= 8 { return own[count - 8] == others[count - 8] }
    while i < count {
      if self[i] != other[i] { return false }
      i += 1
    }
    return true
  }

  /// A hash for tables that hold what can be computed again. It has no secret: whoever chooses the bytes can make two
  /// collide.
  package var mixed: UInt64 {
    let words = Words(self)
    var hash = UInt64(count)
    func mix(_ word: UInt64) {
      // The golden ratio (Knuth, TAOCP 6.4), its product folded so that low bits depend on high ones too.
      let (high, low) = ((hash ^ word) &+ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
      hash = high ^ low
    }
    var i = 0
    while i + 8 <= count {
      mix(words[i])
      i += 8
    }
    if count >= 8 {
      // What is left, together with what is before it.
      mix(words[count - 8])
      return hash
    }
    var rest: UInt64 = 0
    while i < count {
      rest = rest << 8 | UInt64(self[i])
      i += 1
    }
    mix(rest)
    return hash
  }
}

extension Span<UInt8> {
  /// Whether these bytes stand at that offset. Inlined, so that to compare with a literal is to compare a few words.
  @inlinable @inline(__always)
  public func equals(_ text: StaticString, at offset: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard offset >= 0, count - offset >= length else { return false }
    return unsafe withUnsafeBytes { bytes in
      guard length > 0, let start = bytes.baseAddress else { return true }
      let (found, wanted) = unsafe (start + offset, UnsafeRawPointer(text.utf8Start))
      var done = 0
      while length - done >= 8 {
        guard unsafe same(UInt64.self, found, wanted, done) else { return false }
        done += 8
      }
      // What is left is compared together with what was compared before it.
      if length >= 8 { return unsafe same(UInt64.self, found, wanted, length - 8) }
      if length >= 4 {
        return unsafe same(UInt32.self, found, wanted, 0) && same(UInt32.self, found, wanted, length - 4)
      }
      while done < length {
        guard unsafe same(UInt8.self, found, wanted, done) else { return false }
        done += 1
      }
      return true
    }
  }
}

/// Whether the words at an offset from two places are the same.
@inlinable @inline(__always)
func same<Word: FixedWidthInteger & BitwiseCopyable>(
  _: Word.Type, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ offset: Int
) -> Bool {
  let (one, other) = unsafe (
    a.loadUnaligned(fromByteOffset: offset, as: Word.self), b.loadUnaligned(fromByteOffset: offset, as: Word.self)
  )
  return one == other
}
