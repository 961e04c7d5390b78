package import Cryptography
import Formats
public import KeyLedger

/// How secrets are made and how they look: a prefix, 30 uniform base62 characters (178 bits), and the CRC-32 of all that
/// in 6 more, so that secret scanners find them and a mistyped one is known for what it is.
public enum SecretForm {
  static let randomCharacters = 30
  static let checkCharacters = 6
  /// A presented secret is never longer.
  public static let maximumBytes = 512

  /// `server-`, `client-` or `user-`, and 36 characters.
  static func generate(prefix: String, from randomness: some Randomness) -> SecretBytes {
    var (pool, used) = (randomness.bytes(64), 0)
    defer { wipe(&pool) }
    var text: [UInt8] = []
    // Never grown, nor put together of others, so that no copy of the secret stays behind in freed memory.
    text.reserveCapacity(prefix.utf8.count + 1 + randomCharacters + checkCharacters)
    text += prefix.utf8
    text.append(UInt8(ascii: "-"))
    Base62.appendRandomText(length: randomCharacters, to: &text) {
      if used == pool.count {
        wipe(&pool)
        (pool, used) = (randomness.bytes(64), 0)
      }
      defer { used += 1 }
      return pool[used]
    }
    text += Base62.encode(CRC32.checksum(text), width: checkCharacters)
    return SecretBytes(text)
  }

  /// 32 random bytes as 64 lower-case hex characters, whose characters are the key of the HMAC.
  static func generateSigningSecret(from randomness: some Randomness) -> SecretBytes {
    SecretBytes(Array(Hex.encode(randomness.bytes(32)).utf8))
  }

  /// Whether a text holds anything of the form that `generate` gives, with the right check. One that is longer than any that
  /// may be logged is not looked through. Cost: one pass.
  static func holdsSecret(_ text: String) -> Bool {
    guard text.utf8.count <= 4 * TextRule.description.lengths.upperBound, text.utf8.contains(UInt8(ascii: "-")) else {
      return false
    }
    let bytes = Array(text.utf8)
    let length = randomCharacters + checkCharacters
    for end in bytes.indices where bytes[end] == UInt8(ascii: "-") {
      let body = bytes[(end + 1)...].prefix(length)
      guard body.count == length, body.allSatisfy(Base62.isDigit) else { continue }
      for prefix in prefixes where bytes[..<end].suffix(prefix.utf8.count).elementsEqual(prefix.utf8) {
        if isChecked(Array(prefix.utf8) + [bytes[end]] + body) { return true }
      }
    }
    return false
  }

  private static let prefixes = ["server", "client", "user"]

  /// Whether the last characters are the check of all before them.
  private static func isChecked(_ secret: [UInt8]) -> Bool {
    let checked = Array(secret.dropLast(checkCharacters))
    return Array(secret.suffix(checkCharacters)) == Base62.encode(CRC32.checksum(checked), width: checkCharacters)
  }

  /// Whether a presented secret that is not in the ledger could never have been: empty, too long, or of our form with a
  /// wrong check.
  public static func isMalformed(_ presented: [UInt8]) -> Bool {
    if presented.isEmpty || presented.count > maximumBytes { return true }
    guard let prefix = ["server-", "client-"].first(where: { presented.starts(with: $0.utf8) }) else { return false }
    let body = presented.dropFirst(prefix.utf8.count)
    guard body.count == randomCharacters + checkCharacters, body.allSatisfy(Base62.isDigit) else { return false }
    return !isChecked(presented)
  }

  /// Prefix, two characters, six bullets, the last four: enough to tell keys apart, nothing to guess from.
  static func masked(_ secret: [UInt8], prefix: String) -> String {
    let body = secret.dropFirst(prefix.utf8.count + 1)
    return prefix + "-" + String(decoding: body.prefix(2), as: UTF8.self) + bullets
      + String(decoding: body.suffix(4), as: UTF8.self)
  }

  /// Of a secret that another system made nothing is shown but its class, if it says so.
  static func maskedLegacy(_ secret: [UInt8]) -> String {
    (["server-", "client-"].first { secret.starts(with: $0.utf8) } ?? "") + bullets
  }

  static let bullets = String(repeating: "\u{2022}", count: 6)

  public static func fingerprint(_ secret: [UInt8]) -> Hash256 { Hash256(SHA256.hash(secret)) }

  /// What may be logged of a legacy token.
  public static func legacyToken(_ token: [UInt8]) -> LegacyToken {
    LegacyToken(fingerprint: fingerprint(token), masked: maskedLegacy(token), strength: TokenStrength(of: token))
  }

  /// A legacy token of which only the SHA-256 is given, as 64 hex characters; nil for anything else, and for that of
  /// nothing at all.
  public static func legacyToken(sha256 hex: String) -> LegacyToken? {
    guard let bytes = Hex.decode(hex), let digest = Hash256(bytes), digest != fingerprint([]) else { return nil }
    return LegacyToken(fingerprint: digest, masked: bullets, strength: nil)
  }
}

extension Hash256 {
  /// The domain's form of a digest.
  package init(_ digest: Digest) { self.init(words: digest.words) }
}
