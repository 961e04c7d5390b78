/// The ChaCha20 key stream (RFC 8439 §2.3) of one key and nonce.
struct ChaCha20 {
  static let keyByteCount = 32
  static let nonceByteCount = 12
  static let blockByteCount = 64

  private var state: InlineArray<16, UInt32>

  /// Traps unless the key has 32 bytes and the nonce 12: `ChaCha20Poly1305` has looked before.
  init(key: [UInt8], nonce: [UInt8]) {
    precondition(key.count == ChaCha20.keyByteCount && nonce.count == ChaCha20.nonceByteCount)
    // "expand 32-byte k", the key, the block counter, the nonce.
    state = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    for i in 0..<8 { state[4 + i] = littleEndianWord(key, at: 4 * i) }
    for i in 0..<3 { state[13 + i] = littleEndianWord(nonce, at: 4 * i) }
  }

  /// Block number `counter` of the key stream (§2.3.1).
  func block(_ counter: UInt32) -> InlineArray<16, UInt32> {
    var start = state
    start[12] = counter
    var x = start
    for _ in 0..<10 {
      ChaCha20.quarterRound(&x, 0, 4, 8, 12)
      ChaCha20.quarterRound(&x, 1, 5, 9, 13)
      ChaCha20.quarterRound(&x, 2, 6, 10, 14)
      ChaCha20.quarterRound(&x, 3, 7, 11, 15)
      ChaCha20.quarterRound(&x, 0, 5, 10, 15)
      ChaCha20.quarterRound(&x, 1, 6, 11, 12)
      ChaCha20.quarterRound(&x, 2, 7, 8, 13)
      ChaCha20.quarterRound(&x, 3, 4, 9, 14)
    }
    for i in 0..<16 { x[i] &+= start[i] }
    return x
  }

  /// The bytes, encrypted or decrypted in place, with the key stream from block 1 on (§2.4).
  func apply(to bytes: inout [UInt8]) {
    var counter: UInt32 = 0
    for start in stride(from: 0, to: bytes.count, by: ChaCha20.blockByteCount) {
      counter += 1
      let keyStream = block(counter)
      for i in start..<min(start + ChaCha20.blockByteCount, bytes.count) {
        let place = i - start
        bytes[i] ^= UInt8(truncatingIfNeeded: keyStream[place / 4] >> UInt32(8 * (place % 4)))
      }
    }
  }

  /// §2.1.
  private static func quarterRound(_ x: inout InlineArray<16, UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
    x[a] &+= x[b]
    x[d] = rotate(x[d] ^ x[a], 16)
    x[c] &+= x[d]
    x[b] = rotate(x[b] ^ x[c], 12)
    x[a] &+= x[b]
    x[d] = rotate(x[d] ^ x[a], 8)
    x[c] &+= x[d]
    x[b] = rotate(x[b] ^ x[c], 7)
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    (word &<< count) | (word &>> (32 &- count))
  }
}

/// Four bytes, the lowest first.
func littleEndianWord(_ bytes: [UInt8], at start: Int) -> UInt32 {
  let low = UInt32(bytes[start]) | UInt32(bytes[start + 1]) << 8
  return low | UInt32(bytes[start + 2]) << 16 | UInt32(bytes[start + 3]) << 24
}
