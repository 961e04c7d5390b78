/// A ULID: 48 bits of milliseconds, then 80 random bits, written as 26 characters of Crockford's base32.
/// Its text sorts as its bits do, so ids sort by creation.
public struct ULID: Hashable, Comparable, Sendable {
  public let bits: UInt128

  public init(bits: UInt128) { self.bits = bits }

  /// `randomness` gives the lower 80 bits; more significant ones are ignored.
  public init(time: Instant, randomness: UInt128) {
    precondition(time.milliseconds >= 0 && time.milliseconds < 1 << 48, "a ULID holds 48 bits of time")
    bits = UInt128(time.milliseconds) << 80 | (randomness & ((1 << 80) - 1))
  }

  /// Strict: exactly 26 upper-case characters of the alphabet, none above 128 bits. Nil for anything else.
  public init?(_ text: some Collection<UInt8>) {
    guard text.count == 26 else { return nil }
    var bits: UInt128 = 0
    for (index, byte) in text.enumerated() {
      guard let digit = ULID.digit(byte), index > 0 || digit < 8 else { return nil }
      bits = bits << 5 | UInt128(digit)
    }
    self.bits = bits
  }

  /// As from a collection, and at the speed that replaying a million events wants.
  public init?(_ text: Span<UInt8>) {
    guard text.count == 26, text[0] < UInt8(ascii: "8") else { return nil }
    var seen: UInt8 = 0xff
    let time = ULID.number(text, 0..<10, &seen)
    let high = ULID.number(text, 10..<18, &seen)
    let low = ULID.number(text, 18..<26, &seen)
    guard seen & 0x40 != 0 else { return nil }
    bits = UInt128(time) << 80 | UInt128(high) << 40 | UInt128(low)
  }

  /// The number of up to twelve characters; `seen` keeps bit 0x40 as long as all of them are digits.
  @inline(__always)
  private static func number(_ text: Span<UInt8>, _ range: Range<Int>, _ seen: inout UInt8) -> UInt64 {
    var number: UInt64 = 0
    for index in range {
      let digit = unsafe places.utf8Start[Int(text[index])]
      seen &= digit
      number = number << 5 | UInt64(digit & 31)
    }
    return number
  }

  /// For each byte the value of that digit, as one of the 32 characters from `@` on; a dot for what is no digit.
  private static let places: StaticString = """
    ................................................@ABCDEFGHI......\
    .JKLMNOPQ.RS.TU.VWXYZ.[\\]^_.....................................\
    ................................................................\
    ................................................................
    """

  public static func < (a: ULID, b: ULID) -> Bool { a.bits < b.bits }

  /// The 26 characters.
  public var text: String {
    let characters = characters
    return unsafe String(unsafeUninitializedCapacity: 26) { text in
      for index in 0..<26 { unsafe text[index] = characters[index] }
      return 26
    }
  }

  /// As `text`, without a heap object.
  public var characters: InlineArray<26, UInt8> {
    var text = InlineArray<26, UInt8>(repeating: 0)
    ULID.put(UInt64(bits >> 80), 0..<10, of: &text)
    ULID.put(UInt64(truncatingIfNeeded: bits >> 40), 10..<18, of: &text)
    ULID.put(UInt64(truncatingIfNeeded: bits), 18..<26, of: &text)
    return text
  }

  @inline(__always)
  private static func put(_ number: UInt64, _ places: Range<Int>, of text: inout InlineArray<26, UInt8>) {
    var rest = number
    for place in places.reversed() {
      text[place] = unsafe characters.utf8Start[Int(rest & 31)]
      rest >>= 5
    }
  }

  /// Appends the 26 characters.
  public func write(to text: inout [UInt8]) {
    unsafe withUnsafeBytes(of: characters) { unsafe text.append(contentsOf: $0) }
  }

  private static let characters: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

  static let alphabet = [UInt8]("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  private static let digits: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(value) }
    return table
  }()

  private static func digit(_ byte: UInt8) -> UInt8? {
    let value = digits[Int(byte)]
    return value == 255 ? nil : value
  }
}
