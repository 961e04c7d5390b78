package import Cryptography

/// Where a sealed row belongs. Every part is authenticated: bytes moved to another row, vault or ledger do not open.
package struct SealAddress: Sendable {
  /// Names the root key, as `RootKey.id`.
  package let rootID: String
  /// The ledger's id, `ldg_…`.
  package let ledger: String
  /// The id of the key, environment or user.
  package let owner: String
  /// `key`, `signing.N` or `handle`.
  package let kind: String

  package init(rootID: String, ledger: String, owner: String, kind: String) {
    self.rootID = rootID
    self.ledger = ledger
    self.owner = owner
    self.kind = kind
  }

  /// lp("keyledger/seal/v1") ‖ lp(root id) ‖ lp(ledger id) ‖ lp(owner) ‖ lp(kind), where lp is the length as big-endian
  /// u16 and the UTF-8. Both the AAD and the info of the key derivation.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for part in ["keyledger/seal/v1", rootID, ledger, owner, kind] {
      precondition(part.utf8.count <= Int(UInt16.max), "ids are short")
      bytes.append(UInt8(part.utf8.count >> 8))
      bytes.append(UInt8(part.utf8.count & 0xff))
      bytes.append(contentsOf: part.utf8)
    }
    return bytes
  }
}

/// Sealing as a function of its inputs: ChaCha20-Poly1305 (RFC 8439) under a key and nonce used once, derived by
/// HKDF-SHA256 (RFC 5869) from the root key and the row's own salt.
package enum Sealing {
  package static let saltByteCount = 32
  /// The longest content: a salt and the longest handle fit twice. Rows never need SQLite's overflow pages.
  package static let maximumContentByteCount = 2_048
  /// Plaintexts are padded to a multiple of this, so that lengths tell little.
  static let blockByteCount = 64
  /// Length of the content, in front of it.
  static let lengthByteCount = 2

  /// Ciphertext ‖ tag of: content's length as big-endian u16 ‖ content ‖ zeros to a multiple of 64.
  ///
  /// `sealedByteCount` asks for more zeros, so that a row keeps its length: at least what the content needs, as another
  /// row's sealed bytes had it. `salt` is 32 fresh random bytes.
  package static func seal(
    root: SecretBytes, at address: SealAddress, content: [UInt8], salt: [UInt8], sealedByteCount: Int? = nil
  ) throws(VaultError) -> [UInt8] {
    guard content.count <= maximumContentByteCount else {
      throw .contentTooLong(count: content.count, limit: maximumContentByteCount)
    }
    precondition(salt.count == saltByteCount, "a salt has 32 bytes")
    let count = sealedByteCount ?? Self.sealedByteCount(content: content.count)
    let padded = count - ChaCha20Poly1305.tagByteCount
    guard padded.isMultiple(of: blockByteCount), padded >= lengthByteCount + content.count else {
      throw .rowTooShort(owner: address.owner, kind: address.kind)
    }
    var plaintext: [UInt8] = []
    plaintext.reserveCapacity(padded)
    defer { wipe(&plaintext) }
    plaintext.append(UInt8(content.count >> 8))
    plaintext.append(UInt8(content.count & 0xff))
    plaintext.append(contentsOf: content)
    plaintext.append(contentsOf: repeatElement(0, count: padded - plaintext.count))

    let aad = address.bytes
    var (key, nonce) = derive(root: root, salt: salt, info: aad)
    defer { wipe(&key) }
    defer { wipe(&nonce) }
    do {
      return try ChaCha20Poly1305.seal(key: key, nonce: nonce, plaintext: plaintext, aad: aad)
    } catch {
      preconditionFailure("sizes were checked above: \(error)")
    }
  }

  /// The content, or nil when the bytes are not what `seal` made for this root key and address.
  package static func open(
    root: SecretBytes, at address: SealAddress, salt: [UInt8], sealed: [UInt8]
  ) -> SecretBytes? {
    guard salt.count == saltByteCount else { return nil }
    let aad = address.bytes
    var (key, nonce) = derive(root: root, salt: salt, info: aad)
    defer { wipe(&key) }
    defer { wipe(&nonce) }
    guard var plaintext = ChaCha20Poly1305.open(key: key, nonce: nonce, sealed: sealed, aad: aad) else { return nil }
    defer { wipe(&plaintext) }
    guard plaintext.count >= blockByteCount, plaintext.count.isMultiple(of: blockByteCount) else { return nil }
    let end = lengthByteCount + Int(plaintext[0]) << 8 + Int(plaintext[1])
    guard end <= plaintext.count, plaintext[end...].allSatisfy({ $0 == 0 }) else { return nil }
    return SecretBytes(Array(plaintext[lengthByteCount..<end]))
  }

  /// How many bytes `seal` gives for a content of `count` bytes when nothing more is asked for.
  package static func sealedByteCount(content count: Int) -> Int {
    let blocks = (lengthByteCount + count + blockByteCount - 1) / blockByteCount
    return blocks * blockByteCount + ChaCha20Poly1305.tagByteCount
  }

  private static func derive(root: SecretBytes, salt: [UInt8], info: [UInt8]) -> (key: [UInt8], nonce: [UInt8]) {
    let split = ChaCha20Poly1305.keyByteCount
    do {
      var material = try root.withBytes {
        try HKDF.sha256(ikm: $0, salt: salt, info: info, length: split + ChaCha20Poly1305.nonceByteCount)
      }
      defer { wipe(&material) }
      return (Array(material[..<split]), Array(material[split...]))
    } catch {
      preconditionFailure("44 bytes are within what HKDF gives: \(error)")
    }
  }
}
