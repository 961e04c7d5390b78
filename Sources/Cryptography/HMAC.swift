/// HMAC (RFC 2104).
package enum HMAC {
  /// A key of any length; one longer than 64 bytes is hashed first (§2). Compare the digest with `==`, which is
  /// constant-time, or its bytes with `ConstantTime.equal`.
  package static func sha256(key: [UInt8], _ message: [UInt8]) -> Digest { sha256(key: key, message.span) }

  /// As of an array.
  package static func sha256(key: [UInt8], _ message: Span<UInt8>) -> Digest {
    var pad: [UInt8] = []
    // Never grown, so that no copy of the key stays behind in freed memory.
    pad.reserveCapacity(SHA256.blockByteCount)
    if key.count > SHA256.blockByteCount { SHA256.hash(key).append(to: &pad) } else { pad.append(contentsOf: key) }
    pad.append(contentsOf: repeatElement(0, count: SHA256.blockByteCount - pad.count))
    defer { wipe(&pad) }

    for i in pad.indices { pad[i] ^= 0x36 }
    var inner = SHA256()
    inner.update(pad)
    inner.update(message)

    for i in pad.indices { pad[i] ^= 0x36 ^ 0x5c }
    var outer = SHA256()
    outer.update(pad)
    outer.update(inner.finalize().bytes)
    return outer.finalize()
  }
}
