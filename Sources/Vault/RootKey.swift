package import Cryptography
import Formats
import Glibc

/// The 256-bit key that opens the vault: in memory as 32 bytes, in its file as 64 lower-case hex digits and a newline.
package enum RootKey {
  package static let byteCount = 32

  /// 32 bytes from `random`, which is asked for a count and gives as many. Throws `randomness`.
  package static func generate(random: (Int) throws -> [UInt8]) throws(VaultError) -> SecretBytes {
    SecretBytes(try draw(byteCount, from: random))
  }

  /// The key's public name: the first 16 hex digits of HMAC-SHA256(root, "keyledger/root-id/v1").
  package static func id(_ root: SecretBytes) -> String {
    let digest = root.withBytes { HMAC.sha256(key: $0, Array("keyledger/root-id/v1".utf8)) }
    return Hex.encode(digest.bytes.prefix(8))
  }

  /// Reads a root key. Refused unless it is a regular file, or a link to one, that its owner alone may read and write,
  /// of exactly 64 lower-case hex digits and at most one newline after them.
  package static func read(_ path: String) throws(VaultError) -> SecretBytes {
    var text = try RootKeyFile.contents(path)
    defer { wipe(&text) }
    if text.count == 2 * byteCount + 1, text.last == 0x0a { text.removeLast() }
    guard text.count == 2 * byteCount, let key = Hex.decode(text.span) else { throw .rootKeyMalformed(path: path) }
    return SecretBytes(key)
  }

  /// Writes a root key of mode 0600 in one step: a crash leaves the whole file, or what was there before.
  ///
  /// Throws `rootKeyExists` when something is there and `replacing` is false. When it is true, the bytes of the key that
  /// was there are overwritten by zeros once the new one is in place.
  package static func write(_ root: SecretBytes, to path: String, replacing: Bool = false) throws(VaultError) {
    var text: [UInt8] = []
    text.reserveCapacity(2 * byteCount + 1)
    defer { wipe(&text) }
    root.withBytes { Hex.encode($0, to: &text) }
    text.append(0x0a)
    try RootKeyFile.install(text, at: path, replacing: replacing)
  }

  /// `count` bytes from `random`.
  static func draw(_ count: Int, from random: (Int) throws -> [UInt8]) throws(VaultError) -> [UInt8] {
    guard let bytes = try? random(count), bytes.count == count else { throw .randomness }
    return bytes
  }
}
