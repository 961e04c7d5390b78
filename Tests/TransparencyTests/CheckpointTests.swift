import Cryptography
import Testing
import Transparency

@Suite struct CheckpointTests {
  private static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
  private static let emptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
  private static let body = "example.com/behind-the-sofa\n20852163\n\(root)\n"
  private static let signature =
    "— example.com/behind-the-sofa "
    + "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"

  @Test func `a checkpoint comes back from its text, for any size`() throws {
    for size in [UInt64(1), 9, 10, 1 << 32, .max] {
      let origin = Checkpoint.origin(ledger: "ldg_1")
      #expect(origin == "keyledger/ldg_1")
      let checkpoint = Checkpoint(origin: origin, size: size, root: MerkleTree.leafHash([1]))
      let text = checkpoint.text()
      #expect(text.split(separator: "\n").count == 3)
      #expect(text.hasPrefix("keyledger/ldg_1\n\(size)\n"))
      let parsed = try Checkpoint.parse(Array(text.utf8))
      #expect(parsed == checkpoint)
      #expect(parsed.text() == text)
    }
  }

  @Test func `the empty log has a checkpoint with the root of nothing and no other`() throws {
    let empty = try Checkpoint.parse(Array("o\n0\n\(Self.emptyRoot)\n".utf8))
    #expect(empty.size == 0 && empty.root == MerkleTree.emptyRoot)
  }

  @Test func `the example of C2SP is read with and without its signatures`() throws {
    let expected = try Checkpoint.parse(Array(Self.body.utf8))
    #expect(expected.origin == "example.com/behind-the-sofa")
    #expect(expected.size == 20_852_163)
    #expect(expected.root.hex == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62")
    #expect(expected.text() == Self.body)
    let signed = Self.body + "\n" + Self.signature
    #expect(try Checkpoint.parse(Array(signed.utf8)) == expected)
    let twice = signed + Self.signature
    #expect(try Checkpoint.parse(Array(twice.utf8)) == expected)
    let extended = Self.body + "an extension\nand another\n\n" + Self.signature
    #expect(try Checkpoint.parse(Array(extended.utf8)) == expected)
  }

  @Test(arguments: [
    ("", CheckpointError.notText, "nothing"),
    ("\n", .missingLines, "an empty line"),
    ("o\n1\n", .missingLines, "no root"),
    ("o\n1\n\n", .missingLines, "an empty root line"),
    ("\n1\n\(root)\n", .missingLines, "an empty origin"),
    ("o\n1\n\(root)", .notText, "no last newline"),
    ("o\r\n1\r\n\(root)\r\n", .notText, "carriage returns"),
    ("o\u{0}\n1\n\(root)\n", .notText, "a control character"),
    ("o\n\n\(root)\n", .missingLines, "an empty size"),
    ("o\n01\n\(root)\n", .badSize, "a leading zero"),
    ("o\n+1\n\(root)\n", .badSize, "a sign"),
    ("o\n-1\n\(root)\n", .badSize, "a negative size"),
    ("o\n1 \n\(root)\n", .badSize, "a space after the size"),
    ("o\n0x1\n\(root)\n", .badSize, "hex"),
    ("o\n١\n\(root)\n", .badSize, "digits of another script"),
    ("o\n18446744073709551616\n\(root)\n", .badSize, "65 bits"),
    ("o\n0\n\(root)\n", .badRoot, "a root of something for a log of nothing"),
    ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n", .badRoot, "no padding"),
    ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", .badRoot, "spare bits set"),
    ("o\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n", .badRoot, "the URL alphabet"),
    ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", .badRoot, "31 bytes"),
    ("o\n1\n \(root)\n", .badRoot, "a space before the root"),
    ("\(body)\n", .badSignatures, "an empty line and no signature"),
    ("\(body)extension\n\n", .badSignatures, "an empty line after an extension"),
    ("\(body)\n\n\(signature)", .badSignatures, "two empty lines"),
    ("\(body)\n\(signature)\n", .badSignatures, "an empty line at the end"),
    ("\(body)\n- o AAAAAAA=\n", .badSignatures, "a hyphen for a dash"),
    ("\(body)\n— o\n", .badSignatures, "a name alone"),
    ("\(body)\n—  AAAAAAA=\n", .badSignatures, "no name"),
    ("\(body)\n— a+b AAAAAAA=\n", .badSignatures, "a plus in the name"),
    ("\(body)\n— a\u{a0}b AAAAAAA=\n", .badSignatures, "a Unicode space in the name"),
    ("\(body)\n— o AAAAAA==\n", .badSignatures, "a key id and no signature"),
    ("\(body)\n— o AAAAAAA= \n", .badSignatures, "a space after the signature"),
  ])
  func `what isn't a checkpoint is refused`(_ text: String, _ error: CheckpointError, _ why: String) {
    #expect(throws: error, "\(why)") { try Checkpoint.parse(Array(text.utf8)) }
  }

  @Test func `bytes that aren't UTF-8, and too many of them, are refused`() throws {
    #expect(throws: CheckpointError.notText) { try Checkpoint.parse([0xff] + Array(Self.body.utf8)) }
    let line = Array("extension\n".utf8)
    var text = Array(Self.body.utf8)
    while text.count + line.count <= SignedNote.maximumByteCount { text += line }
    #expect(try Checkpoint.parse(text).size == 20_852_163)
    text += line
    #expect(throws: CheckpointError.tooLong) { try Checkpoint.parse(text) }
  }

  @Test func `no byte of the body can be another without an error or another checkpoint`() throws {
    let text = Array(Self.body.utf8)
    let checkpoint = try Checkpoint.parse(text)
    for place in text.indices {
      for bit in 0..<8 {
        var other = text
        other[place] ^= 1 << UInt8(bit)
        if let parsed = try? Checkpoint.parse(other) { #expect(parsed != checkpoint, "byte \(place), bit \(bit)") }
      }
    }
  }

  @Test func `origins compare as bytes, not as text that looks alike`() {
    let composed = Checkpoint(origin: "caf\u{e9}", size: 1, root: MerkleTree.leafHash([1]))
    let decomposed = Checkpoint(origin: "cafe\u{301}", size: 1, root: MerkleTree.leafHash([1]))
    #expect(composed != decomposed)
  }
}
