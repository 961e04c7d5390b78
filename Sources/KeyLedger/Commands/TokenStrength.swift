/// How hard a legacy token is to guess, estimated generously: what a cracker would try first counts for little.
public struct TokenStrength: Hashable, Sendable {
  public let bytes: Int
  /// Estimated bits.
  public let bits: Double

  public static let minimumBytes = 16
  public static let minimumBits = 80.0
  /// A presented secret is never longer, so neither may a migrated one be.
  public static let maximumBytes = 512

  /// No secret at all, or one that nobody could present: such a token is refused even where weak ones are allowed.
  public var isPresentable: Bool { (1...TokenStrength.maximumBytes).contains(bytes) }

  public var isEnough: Bool { bytes >= TokenStrength.minimumBytes && bits >= TokenStrength.minimumBits }

  /// Walks the token: a common word, a run or sequence, and what stood earlier in the token count little for all their
  /// length; any other byte counts the logarithm of its alphabet. Cost: quadratic in at most 512 bytes.
  public init(of token: [UInt8]) {
    bytes = token.count
    let text = Array(token.prefix(TokenStrength.maximumBytes))
    let made = TokenStrength.walk(text, knowingWords: true)
    // Random letters look like a word here and there: only a token that is words for the most part is made of them.
    let isMadeOfWords = made.inWords * 10 >= text.count * 6
    bits = isMadeOfWords ? made.bits : TokenStrength.walk(text, knowingWords: false).bits
  }

  /// `knowingWords`: also what only reads as a word counts little, not just the words that everybody tries.
  private static func walk(_ text: [UInt8], knowingWords: Bool) -> (bits: Double, inWords: Int) {
    let folded = text.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
    let alphabet = alphabetBits(text)
    var bits = 0.0
    var inWords = 0
    var position = 0
    var wordMayBegin = true
    while position < text.count {
      let common = CommonWords.list.first { folded[position...].starts(with: $0) }?.count ?? 0
      let word = knowingWords && wordMayBegin ? CommonWords.wordLength(text, at: position) : 0
      let predictable = max(runLength(folded, at: position), repeatLength(folded, at: position))
      wordMayBegin = true
      if max(common, word) > 0 {
        bits += word > common ? letterBits + Double(word - 1) * laterLetterBits : wordBits(common)
        inWords += max(common, word)
        position += max(common, word, predictable)
      } else if predictable >= minimumPattern {
        bits += patternBits
        position += predictable
      } else {
        bits += isSeparator(text[position]) ? min(alphabet, knowingWords ? gapBits : separatorBits) : alphabet
        position += 1
        wordMayBegin = CommonWords.mayBegin(text, at: position)
      }
    }
    return (bits, inWords)
  }

  /// A short word stands in many a random token by chance, so it may not cost that token much.
  private static func wordBits(_ length: Int) -> Double { length > 4 ? 8.0 : 3.0 * Double(length) }
  private static let letterBits = 4.7
  private static let laterLetterBits = 1.8
  private static let separatorBits = 4.5
  /// What stands between two words.
  private static let gapBits = 2.0
  private static let patternBits = 12.0
  /// Three in a row happen by chance in every other random token.
  private static let minimumPattern = 4

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
      default: other = other || !isSeparator(byte)
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

  /// Space, `+ - . / : = _`: separators and base64's signs widen nothing that a cracker would notice.
  private static func isSeparator(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x2B, 0x2D, 0x2E, 0x2F, 0x3A, 0x3D, 0x5F: true
    default: false
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
