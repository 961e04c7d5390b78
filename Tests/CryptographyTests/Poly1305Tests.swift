import Testing

@testable import Cryptography

@Suite struct Poly1305Tests {
  /// RFC 8439 A.3 #7 to #11: sums at and just past 2^130 - 5 and 2^128, which no Wycheproof case reaches.
  @Test(
    arguments: [
      (r: 2, s: 0, blocks: ["ffffffffffffffffffffffffffffffff"], tag: "03000000000000000000000000000000"),
      (2, 0xffff_ffff, ["02000000000000000000000000000000"], "03000000000000000000000000000000"),
      (
        1, 0,
        [
          "ffffffffffffffffffffffffffffffff", "f0ffffffffffffffffffffffffffffff",
          "11000000000000000000000000000000",
        ], "05000000000000000000000000000000"
      ),
      (
        1, 0,
        [
          "ffffffffffffffffffffffffffffffff", "fbfefefefefefefefefefefefefefefe",
          "01010101010101010101010101010101",
        ], "00000000000000000000000000000000"
      ),
      (2, 0, ["fdffffffffffffffffffffffffffffff"], "faffffffffffffffffffffffffffffff"),
    ] as [(r: UInt32, s: UInt32, blocks: [String], tag: String)])
  func `a sum at the modulus is reduced fully`(_ test: (r: UInt32, s: UInt32, blocks: [String], tag: String)) {
    var key = InlineArray<16, UInt32>(repeating: 0)
    key[0] = test.r
    for i in 4..<8 { key[i] = test.s }
    var authenticator = Poly1305(key: key)
    for block in test.blocks { authenticator.absorbPadded(bytes(hex: block)) }
    #expect(authenticator.finalize() == bytes(hex: test.tag))
  }
}
