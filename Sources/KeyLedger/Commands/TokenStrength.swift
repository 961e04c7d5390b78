/// How hard a legacy token is to guess, estimated generously: what a cracker would try first counts for little.
public struct TokenStrength: Hashable, Sendable {
  public let bytes: Int
  /// Estimated bits.
  public let bits: Double

  public static let minimumBytes = 16
  public static let minimumBits = 80.0
  /// A presented secret is never longer, so neither may a migrated one be.
  public static let maximumBytes = 512

  public var isEnough: Bool { bytes >= TokenStrength.minimumBytes && bits >= TokenStrength.minimumBits }

  /// Walks the token: a common word, a run or sequence, and what stood earlier in the token count little for all their
  /// length; any other byte counts the logarithm of its alphabet. Cost: quadratic in at most 512 bytes.
  public init(of token: [UInt8]) {
    bytes = token.count
    let text = Array(token.prefix(TokenStrength.maximumBytes))
    let folded = text.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
    let alphabet = TokenStrength.alphabetBits(text)
    var total = 0.0
    var position = 0
    while position < text.count {
      let rest = folded[position...]
      if let word = TokenStrength.commonWords.first(where: { rest.starts(with: $0) }) {
        total += TokenStrength.wordBits
        position += word.count
        continue
      }
      let predictable = max(
        TokenStrength.runLength(folded, at: position), TokenStrength.repeatLength(folded, at: position))
      if predictable >= 3 {
        total += TokenStrength.patternBits
        position += predictable
      } else {
        total += alphabet
        position += 1
      }
    }
    bits = total
  }

  private static let wordBits = 8.0
  private static let patternBits = 8.0

  private static let commonWords: [[UInt8]] = [
    "password", "passwort", "secret", "token", "server", "client", "admin", "test", "demo", "example", "changeme",
    "change", "default", "qwerty", "asdf", "letmein", "welcome", "hello", "world", "api", "key", "live", "prod",
    "production", "staging", "dev", "user", "root", "none", "null", "stigg",
  ].map { Array($0.utf8) }.sorted { $0.count > $1.count }

  /// Bits a byte of the smallest usual alphabet that holds the token.
  private static func alphabetBits(_ text: [UInt8]) -> Double {
    var lower = false
    var upper = false
    var digit = false
    var beyondHex = false
    var other = false
    for byte in text {
      switch byte {
      case 0x30...0x39: digit = true
      case 0x61...0x66: lower = true
      case 0x67...0x7A: (lower, beyondHex) = (true, true)
      case 0x41...0x46: upper = true
      case 0x47...0x5A: (upper, beyondHex) = (true, true)
      // Separators and base64's signs widen nothing that a cracker would notice.
      case 0x2B, 0x2D, 0x2E, 0x2F, 0x3A, 0x3D, 0x5F: continue
      default: other = true
      }
    }
    if other { return 6.0 }
    switch (lower, upper, digit) {
    case (false, false, _): return 3.3
    case (true, true, true): return beyondHex ? 5.9 : 4.4
    case (true, true, false): return beyondHex ? 5.7 : 3.5
    case (_, _, true): return beyondHex ? 5.1 : 4.0
    case (_, _, false): return beyondHex ? 4.7 : 2.5
    }
  }

  /// How far the bytes from here go on in steps of 0, 1 or -1.
  private static func runLength(_ text: [UInt8], at start: Int) -> Int {
    guard start + 1 < text.count else { return 1 }
    let step = Int(text[start + 1]) - Int(text[start])
    guard abs(step) <= 1 else { return 1 }
    var end = start + 1
    while end + 1 < text.count, Int(text[end + 1]) - Int(text[end]) == step { end += 1 }
    return end - start + 1
  }

  /// The longest stretch from here that also begins earlier in the text.
  private static func repeatLength(_ text: [UInt8], at start: Int) -> Int {
    var best = 0
    for earlier in 0..<start {
      var length = 0
      while start + length < text.count, text[earlier + length] == text[start + length] { length += 1 }
      best = max(best, length)
    }
    return best
  }
}
