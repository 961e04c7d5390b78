/// HKDF (RFC 5869).
package enum HKDF {
  /// The most that one derivation gives (§2.3): 8,160 bytes.
  package static let maximumByteCount = 255 * Digest.byteCount

  /// `length` bytes derived from the input key material; an empty salt stands for 32 zeros (§2.2).
  ///
  /// The caller owns the result and wipes it. Throws `outputSize` outside 0...8160.
  package static func sha256(
    ikm: [UInt8], salt: [UInt8], info: [UInt8], length: Int
  ) throws(CryptographyError) -> [UInt8] {
    guard (0...maximumByteCount).contains(length) else { throw .outputSize(length) }
    var pseudorandomKey = HMAC.sha256(key: salt, ikm).bytes
    defer { wipe(&pseudorandomKey) }
    let key = HMAC.Key(pseudorandomKey)

    var output: [UInt8] = []
    // Room for the last block too, so that growing leaves no copy of key material behind.
    output.reserveCapacity(length + Digest.byteCount)
    var input: [UInt8] = []
    input.reserveCapacity(Digest.byteCount + info.count + 1)
    defer { wipe(&input) }
    var counter: UInt8 = 0
    while output.count < length {
      counter += 1
      input.append(contentsOf: info)
      input.append(counter)
      let block = key.sha256(input.span)
      block.append(to: &output)
      input.removeAll(keepingCapacity: true)
      block.append(to: &input)
    }
    output.removeLast(output.count - length)
    return output
  }
}
