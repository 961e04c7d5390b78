import Foundation
import Testing

@testable import Cryptography

@Suite struct ChaCha20Poly1305Tests {
  @Test func `every Wycheproof case seals and opens, or is refused`() throws {
    var run = 0
    var invalid = 0
    for test in try wycheproofCases("wycheproof_chacha20_poly1305_test.json") {
      let (key, nonce, aad) = try (test.bytes("key"), test.bytes("iv"), test.bytes("aad"))
      let (message, sealed) = try (test.bytes("msg"), test.bytes("ct") + test.bytes("tag"))
      let opened = ChaCha20Poly1305.open(key: key, nonce: nonce, sealed: sealed, aad: aad)
      if test.isValid {
        #expect(opened == message, "case \(test.id)")
        let result = try ChaCha20Poly1305.seal(key: key, nonce: nonce, plaintext: message, aad: aad)
        #expect(result == sealed, "case \(test.id)")
      } else {
        #expect(opened == nil, "case \(test.id)")
        invalid += 1
        if nonce.count != ChaCha20Poly1305.nonceByteCount {
          #expect(throws: CryptographyError.nonceSize(nonce.count), "case \(test.id)") {
            try ChaCha20Poly1305.seal(key: key, nonce: nonce, plaintext: message, aad: aad)
          }
        }
      }
      run += 1
    }
    #expect(run == 325)
    #expect(invalid == 69)
  }

  @Test func `a flipped bit anywhere is noticed`() throws {
    let key = (0..<32).map { UInt8($0) }
    let nonce = [UInt8](repeating: 7, count: 12)
    let aad: [UInt8] = [1, 2, 3]
    let sealed = try ChaCha20Poly1305.seal(key: key, nonce: nonce, plaintext: Array("a secret".utf8), aad: aad)
    func flips(_ bytes: [UInt8]) -> [[UInt8]] {
      (0..<bytes.count * 8).map { bit in
        var other = bytes
        other[bit / 8] ^= 1 << UInt8(bit % 8)
        return other
      }
    }
    func opens(key k: [UInt8]? = nil, nonce n: [UInt8]? = nil, sealed s: [UInt8]? = nil, aad a: [UInt8]? = nil)
      -> Bool
    {
      ChaCha20Poly1305.open(key: k ?? key, nonce: n ?? nonce, sealed: s ?? sealed, aad: a ?? aad) != nil
    }
    #expect(opens())
    for other in flips(key) { #expect(!opens(key: other)) }
    for other in flips(nonce) { #expect(!opens(nonce: other)) }
    for other in flips(sealed) { #expect(!opens(sealed: other)) }
    for other in flips(aad) { #expect(!opens(aad: other)) }
  }

  @Test func `keys of other sizes and input shorter than a tag are refused, not trapped on`() throws {
    let nonce = [UInt8](repeating: 0, count: 12)
    for size in [0, 16, 31, 33] {
      let key = [UInt8](repeating: 0, count: size)
      #expect(ChaCha20Poly1305.open(key: key, nonce: nonce, sealed: [UInt8](repeating: 0, count: 40), aad: []) == nil)
      #expect(throws: CryptographyError.keySize(size)) {
        try ChaCha20Poly1305.seal(key: key, nonce: nonce, plaintext: [], aad: [])
      }
    }
    let key = [UInt8](repeating: 0, count: 32)
    for size in 0..<16 {
      #expect(ChaCha20Poly1305.open(key: key, nonce: nonce, sealed: [UInt8](repeating: 0, count: size), aad: []) == nil)
    }
  }

  @Test func `every length to three blocks comes back`() throws {
    let key = [UInt8](repeating: 9, count: 32)
    let nonce = [UInt8](repeating: 1, count: 12)
    for length in 0...192 {
      let text = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      let aad = Array(text.prefix(length % 40))
      let sealed = try ChaCha20Poly1305.seal(key: key, nonce: nonce, plaintext: text, aad: aad)
      #expect(sealed.count == length + 16)
      #expect(ChaCha20Poly1305.open(key: key, nonce: nonce, sealed: sealed, aad: aad) == text)
    }
  }
}
