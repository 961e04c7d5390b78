import KeyLedger

/// The moment at which every test world begins.
let dawn = Instant(milliseconds: 1_700_000_000_000)
let hour: Int64 = 3_600_000
let day: Int64 = 24 * hour

func slug(_ text: String) -> Slug {
  guard let slug = Slug(text) else { preconditionFailure("\(text) is no slug") }
  return slug
}

func permission(_ text: String) -> Permission {
  guard let permission = Permission(text) else { preconditionFailure("\(text) is no permission") }
  return permission
}

func scope(_ words: String...) -> Scope { Scope(granting: words.map(permission)) }

func hash(_ number: Int) -> Hash256 {
  let bytes = (0..<32).map { $0 < 24 ? 0 : UInt8(truncatingIfNeeded: number >> (8 * (31 - $0))) }
  guard let hash = Hash256(bytes) else { preconditionFailure("32 bytes are a hash") }
  return hash
}

func keyID(_ number: Int) -> KeyID { KeyID(time: dawn, randomness: UInt128(number)) }
func userID(_ number: Int) -> UserID { UserID(time: dawn, randomness: UInt128(number)) }

let ops: OperatorName = {
  guard let name = OperatorName("ops") else { preconditionFailure("ops is an operator's name") }
  return name
}()

/// A legacy token as a migration brings it.
func legacy(_ text: String) -> LegacyToken {
  LegacyToken(fingerprint: legacyHash(text), masked: "••••••", strength: TokenStrength(of: Array(text.utf8)))
}

/// A legacy token of which only the SHA-256 was given.
func legacyByHash(_ text: String) -> LegacyToken {
  LegacyToken(fingerprint: legacyHash(text), masked: "••••••", strength: nil)
}

/// Stands for SHA-256: only that different texts give different hashes matters here.
private func legacyHash(_ text: String) -> Hash256 {
  var bytes = Array(text.utf8.suffix(30))
  bytes = [UInt8](repeating: 0xFF, count: 32 - bytes.count) + bytes
  guard let hash = Hash256(bytes) else { preconditionFailure("32 bytes are a hash") }
  return hash
}
