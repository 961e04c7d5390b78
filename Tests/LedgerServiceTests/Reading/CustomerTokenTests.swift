import Cryptography
import KeyLedger
import Testing

@testable import LedgerService

@Suite("A customer token")
struct CustomerTokenTests {
  static let secret = SecretBytes(String(repeating: "0123456789abcdef", count: 4))

  /// HMAC-SHA256 as any backend makes it.
  static func hex(_ id: String) -> String {
    secret.withBytes { HMAC.sha256(key: $0, Array(id.utf8)).hex }
  }

  static func token(_ id: String) -> String { "HMAC-SHA256 \(id):\(hex(id))" }

  @Test("is made as openssl makes it")
  func isWhatOthersMake() {
    // printf %s cust_42 | openssl dgst -sha256 -hmac 0123456789abcdef…(four times)
    #expect(CustomerTokenTests.hex("cust_42") == "3c3cf04bd662ed902351e49da896207c7e9e454267ea5aa82fda684c48b09c5c")
  }

  @Test(
    "proves the customer it was made for",
    arguments: ["cust_42", "a", "a:b", ":", "::::", "ada@example.com", "Zoë", String(repeating: "x", count: 256)])
  func proves(id: String) throws {
    let token = try #require(CustomerToken(Array(CustomerTokenTests.token(id).utf8)))
    #expect(token.proves(id, signedWith: CustomerTokenTests.secret))
    #expect(!token.proves(id + "x", signedWith: CustomerTokenTests.secret))
    #expect(!token.proves(id, signedWith: SecretBytes(String(repeating: "f", count: 64))))
    #expect(!token.proves("", signedWith: CustomerTokenTests.secret))
  }

  @Test("compares customers as bytes, not as text that looks alike")
  func comparesBytes() throws {
    let token = try #require(CustomerToken(Array(CustomerTokenTests.token("Zo\u{EB}").utf8)))
    #expect(token.proves("Zo\u{EB}", signedWith: CustomerTokenTests.secret))
    #expect(!token.proves("Zoe\u{308}", signedWith: CustomerTokenTests.secret))
  }

  @Test(
    "that is malformed is none",
    arguments: [
      "", "HMAC-SHA256 ", "HMAC-SHA256 :" + hex(""), "HMAC-SHA256 " + hex("a"), "HMAC-SHA256 a" + hex("a"),
      "hmac-sha256 a:" + hex("a"), "HMAC-SHA256  a:" + hex("a").dropLast(), "HMAC-SHA256 a:" + hex("a").uppercased(),
      "HMAC-SHA256 a:" + hex("a") + " ", "HMAC-SHA256 a:" + hex("a").dropLast() + "g", "a:" + hex("a"),
      "HMAC-SHA256 " + String(repeating: "x", count: 257) + ":" + hex("x"),
      "HMAC-SHA256 " + String(repeating: "x", count: 100_000), "HMAC-SHA256\ta:" + hex("a"),
    ])
  func isNone(text: String) {
    #expect(CustomerToken(Array(text.utf8)) == nil)
  }

  @Test("is for another customer when a byte of it changes")
  func isForOneCustomer() {
    let bytes = Array(CustomerTokenTests.token("cust_42").utf8)
    for index in bytes.indices {
      var bent = bytes
      bent[index] ^= 1
      let proven = CustomerToken(bent)?.proves("cust_42", signedWith: CustomerTokenTests.secret) ?? false
      #expect(!proven, "byte \(index)")
    }
  }

  @Test(
    "counts as evidence by what came with it",
    arguments: [
      (nil, nil, true, CustomerEvidence.absent), ("a", nil, true, .absent), (nil, token("a"), true, .wrong),
      ("a", token("a"), true, .right), ("b", token("a"), true, .wrong), ("a", "", true, .wrong),
      ("", token("a"), true, .wrong), (nil, nil, false, .absent), ("a", nil, false, .absent),
      (nil, token("a"), false, .absent), ("a", token("a"), false, .right), ("b", token("a"), false, .wrong),
    ] as [(String?, String?, Bool, CustomerEvidence)])
  func isEvidence(id: String?, token: String?, isEnforced: Bool, expected: CustomerEvidence) {
    let proof = CustomerProof(id: id, token: token)
    #expect(proof.evidence(isEnforced: isEnforced) { CustomerTokenTests.secret } == expected)
  }

  @Test("proves nothing once the signing secret is lost")
  func needsTheSecret() {
    #expect(CustomerProof(id: "a", token: CustomerTokenTests.token("a")).evidence(isEnforced: true) { nil } == .wrong)
  }
}
