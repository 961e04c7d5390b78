/// HMAC (RFC 2104).
package enum HMAC {
  /// A key of any length; one longer than 64 bytes is hashed first (§2). Compare the digest's bytes with
  /// `ConstantTime.equal`, never with `==`.
  package static func sha256(key: [UInt8], _ message: [UInt8]) -> Digest { sha256(key: key, message.span) }

  /// As of an array.
  package static func sha256(key: [UInt8], _ message: Span<UInt8>) -> Digest { Key(key).sha256(message) }

  /// A key for more than one message: what is hashed of the key alone is hashed once.
  struct Key {
    private var inner = SHA256()
    private var outer = SHA256()

    init(_ key: [UInt8]) {
      var pad: [UInt8] = []
      // Never grown, so that no copy of the key stays behind in freed memory.
      pad.reserveCapacity(SHA256.blockByteCount)
      if key.count > SHA256.blockByteCount { SHA256.hash(key).append(to: &pad) } else { pad.append(contentsOf: key) }
      pad.append(contentsOf: repeatElement(0, count: SHA256.blockByteCount - pad.count))
      defer { wipe(&pad) }

      for i in pad.indices { pad[i] ^= 0x36 }
      inner.update(pad)
      for i in pad.indices { pad[i] ^= 0x36 ^ 0x5c }
      outer.update(pad)
    }

    func sha256(_ message: Span<UInt8>) -> Digest {
      var (inner, outer) = (inner, outer)
      inner.update(message)
      outer.update(inner.finalize())
      return outer.finalize()
    }
  }
}
