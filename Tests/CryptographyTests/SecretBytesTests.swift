import Glibc
import Testing

@testable import Cryptography

@Suite struct SecretBytesTests {
  let secret = SecretBytes(Array("planted-secret".utf8))

  @Test func `a secret never prints`() {
    var dumped = ""
    dump(secret, to: &dumped)
    let holder = (name: "holder", secret: secret)
    let optional: SecretBytes? = secret
    let printed = [
      "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", "\(holder)",
      String(describing: optional), String(reflecting: optional), dumped,
    ]
    for text in printed {
      #expect(!text.contains("planted"))
      // 112 is the p of planted: its bytes don't print as numbers either.
      #expect(!text.contains("112"))
      #expect(text.contains("SecretBytes(redacted)"))
    }
    #expect(Mirror(reflecting: secret).children.isEmpty)
  }

  @Test func `a secret lends its bytes and gives its text`() {
    #expect(secret.count == 14)
    #expect(secret.withBytes { $0 } == Array("planted-secret".utf8))
    #expect(secret.text() == "planted-secret")
    #expect(SecretBytes([0xff, 0xfe]).text() == nil)
    #expect(SecretBytes([]).text() == "")
  }

  @Test func `an error in the body comes through`() {
    struct Refused: Error {}
    #expect(throws: Refused.self) { try secret.withBytes { _ in throw Refused() } }
  }

  @Test func `secrets compare by content`() {
    #expect(secret.constantTimeEquals(SecretBytes(Array("planted-secret".utf8))))
    #expect(!secret.constantTimeEquals(SecretBytes(Array("planted-secreT".utf8))))
    #expect(!secret.constantTimeEquals(SecretBytes(Array("planted".utf8))))
  }

  /// The freed memory is read through the kernel, as a dump of the process would: no pointer is followed.
  @Test func `nothing of a secret is left in memory when its last reference goes`() throws {
    let count = 64 << 10
    var held: SecretBytes? = SecretBytes([UInt8](repeating: 0xa7, count: count))
    let address = try #require(held).withBytes { bytes in
      unsafe bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
    }
    let before = try memory(at: address, count: count)
    #expect(before == [UInt8](repeating: 0xa7, count: count))
    held = nil
    let after = try memory(at: address, count: count)
    #expect(after.count { $0 == 0xa7 } < count / 64)
  }

  @Test func `another owner of the bytes keeps them`() {
    let other = [UInt8](repeating: 0xab, count: 64)
    var held: SecretBytes? = SecretBytes(other)
    #expect(held?.count == 64)
    held = nil
    #expect(other == [UInt8](repeating: 0xab, count: 64))
  }

  @Test func `wiping leaves zeros of the same length, and no bytes is no bytes`() {
    var bytes: [UInt8] = [1, 2, 3]
    let shared = bytes
    wipe(&bytes)
    #expect(bytes == [0, 0, 0])
    #expect(shared == [1, 2, 3])
    var empty: [UInt8] = []
    wipe(&empty)
    #expect(empty.isEmpty)
  }
}

/// What lies at an address of this process, by `/proc/self/mem`.
private func memory(at address: Int, count: Int) throws -> [UInt8] {
  let file = unsafe open("/proc/self/mem", O_RDONLY)
  try #require(file >= 0)
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: count)
  let read = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress, count, address) }
  try #require(read == count)
  return bytes
}

@Suite struct ConstantTimeTests {
  @Test func `equal means the same length and the same bytes, wherever they differ`() {
    for length in 0...70 {
      let bytes = (0..<length).map { UInt8($0) }
      #expect(ConstantTime.equal(bytes, bytes))
      let spansAgree = ConstantTime.equal(bytes.span, bytes.span)
      #expect(spansAgree)
      #expect(!ConstantTime.equal(bytes, bytes + [0]))
      for place in 0..<length {
        for flip: UInt8 in [1, 0x80, 0xff] {
          var other = bytes
          other[place] ^= flip
          #expect(!ConstantTime.equal(bytes, other))
        }
      }
    }
    #expect(ConstantTime.equal([], []))
    #expect(!ConstantTime.equal([], [0]))
  }
}
