import Foundation
import Testing

@testable import Cryptography

@Suite struct HMACTests {
  @Test func `every Wycheproof tag is told right from wrong`() throws {
    var run = 0
    var invalid = 0
    for test in try wycheproofCases("wycheproof_hmac_sha256_test.json") {
      // A tag may be cut short: it is compared over the bits that its group names.
      let tagSize = try #require(test.group["tagSize"] as? Int)
      let tag = try HMAC.sha256(key: test.bytes("key"), test.bytes("msg")).bytes.prefix(tagSize / 8)
      #expect(try ConstantTime.equal(Array(tag), test.bytes("tag")) == test.isValid, "case \(test.id)")
      run += 1
      invalid += test.isValid ? 0 : 1
    }
    #expect(run == 174)
    #expect(invalid == 108)
  }

  /// The block size is the edge: a key beyond it is hashed first (RFC 2104 §2).
  @Test func `a key longer than a block stands for its digest, one as long stands for itself`() {
    let long = [UInt8](repeating: 0xaa, count: 65)
    #expect(HMAC.sha256(key: long, [1, 2, 3]) == HMAC.sha256(key: SHA256.hash(long).bytes, [1, 2, 3]))
    let block = [UInt8](repeating: 0xaa, count: 64)
    #expect(HMAC.sha256(key: block, [1, 2, 3]) != HMAC.sha256(key: SHA256.hash(block).bytes, [1, 2, 3]))
  }
}

@Suite struct HKDFTests {
  @Test func `every Wycheproof derivation gives its bytes or is refused for its size`() throws {
    var run = 0
    var invalid = 0
    for test in try wycheproofCases("wycheproof_hkdf_sha256_test.json") {
      let size = try #require(test.fields["size"] as? Int)
      let (ikm, salt, info) = try (test.bytes("ikm"), test.bytes("salt"), test.bytes("info"))
      if test.isValid {
        let output = try HKDF.sha256(ikm: ikm, salt: salt, info: info, length: size)
        #expect(try output == test.bytes("okm"), "case \(test.id)")
      } else {
        #expect(throws: CryptographyError.outputSize(size), "case \(test.id)") {
          try HKDF.sha256(ikm: ikm, salt: salt, info: info, length: size)
        }
        invalid += 1
      }
      run += 1
    }
    #expect(run == 86)
    #expect(invalid == 3)
  }

  @Test func `nothing may be asked for, less may not`() throws {
    #expect(try HKDF.sha256(ikm: [1], salt: [], info: [], length: 0).isEmpty)
    #expect(throws: CryptographyError.outputSize(-1)) { try HKDF.sha256(ikm: [1], salt: [], info: [], length: -1) }
  }
}
