import KeyLedger
import SeededRandom
import Testing

@Suite struct TokenStrengthTests {
  @Test(arguments: [
    // Short, however random.
    "", "a", "K8s!x92Lq", "q7Zp2mXv9Lw4Tn8",
    // Long, and one thing over and over.
    "aaaaaaaaaaaaaaaaaaaaaaaa", "0000000000000000000000000000000000000000", "abababababababababababababababab",
    "abc123abc123abc123abc123abc123abc123", "q7Zp2mXv9q7Zp2mXv9q7Zp2mXv9", "xyxyxyxyxyxyxyxy",
    // Sequences, up, down, along the keyboard.
    "12345678901234567890", "0123456789abcdef0123456789abcdef", "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "98765432109876543210", "qwertyuiopasdfghjkl", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "1q2w3e4r5t6y7u8i",
    // Words, digits, and what stands between.
    "password12345678", "Password12345678!", "password-password-password", "changemechangeme1", "server-token-2024",
    "my-secret-api-key-for-production", "stigg-server-token-2023", "test-test-test-test", "letmeinletmein2023",
    "summerwinterautumn2023", "correcthorsebatterystaple", "correct horse battery staple", "AcmeCorporationServer1",
    "acme-corporation-server-key", "companynameproductionkey", "JohnSmithSecretToken99",
    // Sixty-four bits of hex; birthdays and telephone numbers.
    "9f86d081884c7d65", "1987-06-05-1987-06-05", "+49 170 1234567 890",
    "550e8400550e8400550e8400",
  ]) func `a token that is short or plainly guessable is weak`(token: String) {
    let strength = TokenStrength(of: Array(token.utf8))
    #expect(!strength.isEnough, "\(token): \(strength.bits) bits")
  }

  /// How to draw a token of a usual form, and how many of its bits are random.
  struct Form: Sendable, CustomTestStringConvertible {
    let title: String
    let pieces: [(alphabet: String, count: Int)]
    var testDescription: String { title }

    func draw(_ random: inout SplitMix64) -> [UInt8] {
      var token: [UInt8] = []
      for (alphabet, count) in pieces {
        let bytes = Array(alphabet.utf8)
        for _ in 0..<count { token.append(bytes[Int.random(in: 0..<bytes.count, using: &random)]) }
      }
      return token
    }
  }

  static let hex = "0123456789abcdef"
  static let base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
  static let base62 = base36 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  static let crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

  static let forms: [Form] = [
    Form(title: "32 hex digits", pieces: [(hex, 32)]), Form(title: "40 hex digits", pieces: [(hex, 40)]),
    Form(title: "64 hex digits", pieces: [(hex, 64)]), Form(title: "24 hex digits", pieces: [(hex, 24)]),
    Form(title: "32 upper-case hex digits", pieces: [("0123456789ABCDEF", 32)]),
    Form(
      title: "a UUID of version 4",
      pieces: [
        (hex, 8), ("-", 1), (hex, 4), ("-", 1), ("4", 1), (hex, 3), ("-", 1), ("89ab", 1), (hex, 3), ("-", 1),
        (hex, 12),
      ]),
    Form(title: "24 of base62", pieces: [(base62, 24)]), Form(title: "36 of base62", pieces: [(base62, 36)]),
    Form(title: "17 of base62", pieces: [(base62, 17)]),
    Form(title: "16 bytes in base64", pieces: [(base62 + "+/", 21), ("AQgw", 1), ("=", 2)]),
    Form(title: "16 bytes in base64url", pieces: [(base62 + "-_", 21), ("AQgw", 1)]),
    Form(title: "12 bytes in base64url", pieces: [(base62 + "-_", 16)]),
    Form(title: "32 bytes in base64", pieces: [(base62 + "+/", 42), ("AEIMQUYcgkosw048", 1), ("=", 1)]),
    Form(title: "20 of base36", pieces: [(base36, 20)]), Form(title: "25 of base36", pieces: [(base36, 25)]),
    Form(title: "26 of base32", pieces: [(crockford, 26)]), Form(title: "20 of base32", pieces: [(crockford, 20)]),
    Form(title: "30 decimal digits", pieces: [("0123456789", 30)]),
    Form(title: "40 decimal digits", pieces: [("0123456789", 40)]),
    Form(title: "24 small letters", pieces: [("abcdefghijklmnopqrstuvwxyz", 24)]),
    Form(title: "20 letters", pieces: [("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 20)]),
    Form(title: "a prefix and 24 of base62", pieces: [("s", 1), ("k", 1), ("_", 1), ("l", 1), ("_", 1), (base62, 24)]),
    Form(
      title: "server- and a UUID",
      pieces: [("s", 1), ("e", 1), ("r", 1), ("v", 1), ("e", 1), ("r", 1), ("-", 1), (hex, 32)]),
    Form(title: "16 random bytes", pieces: [((33..<127).map { String(UnicodeScalar(UInt8($0))) }.joined(), 16)]),
  ]

  /// Each form carries at least 96 random bits, so each drawing must pass; an estimate may not guess.
  @Test(arguments: forms) func `a token with 96 random bits or more is not refused`(form: Form) {
    var random = SplitMix64(20_261_122)
    for _ in 0..<100 {
      let token = form.draw(&random)
      let strength = TokenStrength(of: token)
      #expect(strength.isEnough, "\(String(decoding: token, as: UTF8.self)): \(strength.bits) bits")
    }
  }

  @Test func `sixteen bytes are the least, however many bits they hold`() {
    let sixteen = Array("q7Zp2mXv9Lw4Tn8K".utf8)
    #expect(TokenStrength(of: sixteen).isEnough)
    #expect(!TokenStrength(of: Array(sixteen.dropLast())).isEnough)
  }

  @Test(.timeLimit(.minutes(1))) func `ten megabytes are estimated quickly, and counted whole`() {
    let strength = TokenStrength(of: [UInt8](repeating: 0x41, count: 10_000_000))
    #expect(strength.bytes == 10_000_000 && !strength.isEnough)
  }
}
