import Cryptography
import Formats
import Testing
import Vault

@Suite struct SealingTests {
  static let root = SecretBytes([UInt8](0..<32))
  static let salt = [UInt8](100..<132)

  static func address(
    root: String = "7113047ae7529da0", ledger: String = "ldg_test", owner: String = "key_test", kind: String = "key"
  ) -> SealAddress {
    SealAddress(rootID: root, ledger: ledger, owner: owner, kind: kind)
  }

  /// Computed with Python's `cryptography` 48.0.0 from the words of design.md §4, not with this code.
  static let golden: [(owner: String, kind: String, content: [UInt8], sealed: String)] = [
    (
      "key_test", "key", Array("not a real secret".utf8),
      "9696c311592b65b5d84ce450d02769f3c46ed52bb6add5c2b23e8feb980631fa"
        + "4f957b4b4802f006afc4f7109e87044aaa924bdf8b17001196cdd90a22e5c87c39e70e90bb5626b180d128b21a88f36a"
    ),
    (
      "usr_test", "handle", [UInt8](0..<32) + Array(String(repeating: "zo\u{eb}@example.com", count: 3).utf8),
      "f2c98f0ab792b7edbad7dc517090b4041dd6741d867733b830fbd6a12540a04c9f0c71e4554e6524ae411e33fa0f5b7d"
        + "a6a3628482f2c17d74124c672de9c5e7cf4c81917d4203604be752a456816129f795ea34213c5a209c3c3c18d106925d"
        + "991ffb3d08a4594aaaaba178b950126338c3ab695cf8f228d2834c1c6f4369c3e96ea2eacb0e42ad127b810aeb48288c"
    ),
  ]

  @Test(arguments: golden.indices)
  func `sealing gives the bytes that another implementation gives`(index: Int) throws {
    let row = Self.golden[index]
    let address = Self.address(owner: row.owner, kind: row.kind)
    let sealed = try Sealing.seal(root: Self.root, at: address, content: row.content, salt: Self.salt)
    #expect(Hex.encode(sealed) == row.sealed)
    let opened = Sealing.open(root: Self.root, at: address, salt: Self.salt, sealed: sealed)
    #expect(opened?.withBytes { $0 == row.content } == true)
  }

  @Test func `the root id is the one that another implementation gives`() {
    #expect(RootKey.id(Self.root) == "7113047ae7529da0")
  }

  @Test(arguments: Array(0...200) + [1_047, 1_048, Sealing.maximumContentByteCount])
  func `content of every length comes back, padded to blocks of 64`(count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let sealed = try Sealing.seal(root: Self.root, at: Self.address(), content: content, salt: Self.salt)
    #expect(sealed.count == (count + 2 + 63) / 64 * 64 + 16)
    #expect(sealed.count == Sealing.sealedByteCount(content: count))
    let opened = Sealing.open(root: Self.root, at: Self.address(), salt: Self.salt, sealed: sealed)
    #expect(opened?.withBytes { $0 } == content)
  }

  @Test func `a longer row takes a shorter content and keeps its length`() throws {
    let sealed = try Sealing.seal(
      root: Self.root, at: Self.address(), content: [7], salt: Self.salt, sealedByteCount: 3 * 64 + 16)
    #expect(sealed.count == 3 * 64 + 16)
    #expect(Sealing.open(root: Self.root, at: Self.address(), salt: Self.salt, sealed: sealed)?.count == 1)
  }

  @Test(arguments: [0, 16, 64, 79, 81, 64 + 16])
  func `a row that is too short or of a wrong length takes nothing`(sealedByteCount: Int) {
    let error = vaultError {
      _ = try Sealing.seal(
        root: Self.root, at: Self.address(), content: [UInt8](repeating: 1, count: 63), salt: Self.salt,
        sealedByteCount: sealedByteCount)
    }
    guard case .rowTooShort(owner: "key_test", kind: "key") = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `content beyond the limit is refused`() {
    let content = [UInt8](repeating: 0, count: Sealing.maximumContentByteCount + 1)
    let error = vaultError {
      _ = try Sealing.seal(root: Self.root, at: Self.address(), content: content, salt: Self.salt)
    }
    guard case .contentTooLong(count: 2_049, limit: 2_048) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `another root key, root id, ledger, owner, kind or salt opens nothing`() throws {
    let sealed = try Sealing.seal(root: Self.root, at: Self.address(), content: [1, 2, 3], salt: Self.salt)
    let others = [
      Self.address(root: "7113047ae7529da1"), Self.address(ledger: "ldg_tesu"), Self.address(owner: "key_tesu"),
      Self.address(kind: "kez"), Self.address(owner: "key_tes", kind: "tkey"),
      Self.address(owner: "key_testk", kind: "ey"),
    ]
    for other in others {
      #expect(Sealing.open(root: Self.root, at: other, salt: Self.salt, sealed: sealed) == nil)
    }
    let otherRoot = SecretBytes([UInt8](1..<33))
    #expect(Sealing.open(root: otherRoot, at: Self.address(), salt: Self.salt, sealed: sealed) == nil)
    let otherSalt = [UInt8](101..<133)
    #expect(Sealing.open(root: Self.root, at: Self.address(), salt: otherSalt, sealed: sealed) == nil)
    #expect(Sealing.open(root: Self.root, at: Self.address(), salt: [], sealed: sealed) == nil)
    #expect(Sealing.open(root: Self.root, at: Self.address(), salt: Self.salt, sealed: sealed) != nil)
  }

  @Test func `a flipped bit anywhere, or a byte less or more, opens nothing`() throws {
    let sealed = try Sealing.seal(root: Self.root, at: Self.address(), content: [1, 2, 3], salt: Self.salt)
    for bit in 0..<sealed.count * 8 {
      var flipped = sealed
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(Sealing.open(root: Self.root, at: Self.address(), salt: Self.salt, sealed: flipped) == nil)
    }
    for count in 0..<sealed.count {
      let cut = Array(sealed[..<count])
      #expect(Sealing.open(root: Self.root, at: Self.address(), salt: Self.salt, sealed: cut) == nil)
    }
    #expect(Sealing.open(root: Self.root, at: Self.address(), salt: Self.salt, sealed: sealed + [0]) == nil)
  }

  @Test(arguments: [
    [], [0], [0, 1, 7], [UInt8](repeating: 0, count: 63), [UInt8](repeating: 0, count: 65),
    [0, 63] + [UInt8](repeating: 0, count: 62), [0xff, 0xff] + [UInt8](repeating: 0, count: 62),
    [0, 1, 7, 7] + [UInt8](repeating: 0, count: 60), [0, 0] + [UInt8](repeating: 0, count: 61) + [1],
  ])
  func `a plaintext that seal would not make opens to nothing, though it authenticates`(plaintext: [UInt8]) throws {
    var aad: [UInt8] = []
    for part in ["keyledger/seal/v1", "7113047ae7529da0", "ldg_test", "key_test", "key"] {
      aad += [0, UInt8(part.utf8.count)] + part.utf8
    }
    let key = try Self.root.withBytes { try HKDF.sha256(ikm: $0, salt: Self.salt, info: aad, length: 44) }
    let sealed = try ChaCha20Poly1305.seal(
      key: Array(key[..<32]), nonce: Array(key[32...]), plaintext: plaintext, aad: aad)
    #expect(Sealing.open(root: Self.root, at: Self.address(), salt: Self.salt, sealed: sealed) == nil)
  }
}
