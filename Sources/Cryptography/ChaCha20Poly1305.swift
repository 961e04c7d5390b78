/// The AEAD of RFC 8439 §2.8. Keys are used once here, so a nonce never repeats under a key.
package enum ChaCha20Poly1305 {
  package static let keyByteCount = ChaCha20.keyByteCount
  package static let nonceByteCount = ChaCha20.nonceByteCount
  package static let tagByteCount = Poly1305.tagByteCount

  /// What one nonce encrypts before the block counter would wrap (§2.8): some 256 GiB.
  package static let maximumByteCount = Int(UInt32.max) * ChaCha20.blockByteCount

  /// Ciphertext ‖ tag.
  package static func seal(
    key: [UInt8], nonce: [UInt8], plaintext: [UInt8], aad: [UInt8]
  ) throws(CryptographyError) -> [UInt8] {
    guard key.count == keyByteCount else { throw .keySize(key.count) }
    guard nonce.count == nonceByteCount else { throw .nonceSize(nonce.count) }
    guard plaintext.count <= maximumByteCount else { throw .messageSize(plaintext.count) }
    let cipher = ChaCha20(key: key, nonce: nonce)
    // A place of its own with room for the tag: growing later would leave plaintext behind in freed memory.
    var sealed: [UInt8] = []
    sealed.reserveCapacity(plaintext.count + tagByteCount)
    sealed.append(contentsOf: plaintext)
    cipher.apply(to: &sealed)
    sealed.append(contentsOf: tag(cipher, ciphertext: sealed, aad: aad))
    return sealed
  }

  /// The plaintext; nil when the key or nonce has another size than it must, the input is shorter than a tag, or
  /// the tag is wrong. Nothing is decrypted before the tag is right. The caller owns the result and wipes it.
  package static func open(key: [UInt8], nonce: [UInt8], sealed: [UInt8], aad: [UInt8]) -> [UInt8]? {
    guard key.count == keyByteCount, nonce.count == nonceByteCount else { return nil }
    guard (tagByteCount...maximumByteCount).contains(sealed.count) else { return nil }
    let cipher = ChaCha20(key: key, nonce: nonce)
    var text = Array(sealed.dropLast(tagByteCount))
    let expected = tag(cipher, ciphertext: text, aad: aad)
    guard ConstantTime.equal(expected, Array(sealed.suffix(tagByteCount))) else { return nil }
    cipher.apply(to: &text)
    return text
  }

  private static func tag(_ cipher: ChaCha20, ciphertext: [UInt8], aad: [UInt8]) -> [UInt8] {
    var authenticator = Poly1305(key: cipher.block(0))
    authenticator.absorbPadded(aad)
    authenticator.absorbPadded(ciphertext)
    authenticator.absorbLengths(aad.count, ciphertext.count)
    return authenticator.finalize()
  }
}
