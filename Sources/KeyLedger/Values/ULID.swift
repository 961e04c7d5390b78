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
    let digits = ULID.digits.span
    var bits: UInt128 = 0
    var seen: UInt8 = 0
    for index in text.indices {
      let digit = digits[Int(text[index])]
      seen |= digit
      bits = bits << 5 | UInt128(digit & 31)
    }
    guard seen < 32 else { return nil }
    self.bits = bits
  }

  public static func < (a: ULID, b: ULID) -> Bool { a.bits < b.bits }

  /// The 26 characters, as ASCII.
  public var ascii: [UInt8] {
    var text = [UInt8](repeating: 0, count: 26)
    var rest = bits
    for index in stride(from: 25, through: 0, by: -1) {
      text[index] = ULID.alphabet[Int(truncatingIfNeeded: rest & 31)]
      rest >>= 5
    }
    return text
  }

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
