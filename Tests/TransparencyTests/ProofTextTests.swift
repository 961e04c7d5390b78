import Cryptography
import Testing
import Transparency

@Suite struct ProofTextTests {
  private static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
  private static let body = "example.com/log\n9\n\(root)\n"
  private static let signature = "\n— example.com/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5\n"
  private static let inclusion = "c2sp.org/tlog-proof@v1\nindex 3\n\(root)\n\(root)\n\n\(body)"
  private static let consistency = "old 3\n\(root)\n\n\(body)"

  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `a proof is checked from its text alone, around a signed checkpoint or an unsigned one`() throws {
    let hashes = leaves(50)
    let tree = MemoryTree(hashes)
    let now = Checkpoint(origin: "example.com/log", size: 50, root: definedRoot(hashes[...])).text()
    for note in [now, now + Self.signature] {
      for index in [0, 16, 49] {
        tree.forgetReads()
        let path = try proveInclusion(index: UInt64(index), size: 50, reader: tree)
        let text = try InclusionText(index: UInt64(index), hashes: path, note: Self.bytes(note)).text()
        let proof = try InclusionText.parse(text)
        #expect(proof.text() == text && proof.note == Self.bytes(note))
        try proof.check(leaf: hashes[index])
        #expect(throws: ProofError.wrongRoot) { try proof.check(leaf: hashes[(index + 1) % 50]) }
      }
      for old in [1, 17, 50] {
        tree.forgetReads()
        let path = try proveConsistency(oldSize: UInt64(old), size: 50, reader: tree)
        let text = try ConsistencyText(oldSize: UInt64(old), hashes: path, note: Self.bytes(note)).text()
        let proof = try ConsistencyText.parse(text)
        #expect(proof.text() == text && proof.note == Self.bytes(note))
        try proof.check(oldRoot: definedRoot(hashes.prefix(old)))
        #expect(throws: ProofError.wrongRoot) { try proof.check(oldRoot: definedRoot(hashes.prefix(old - 1))) }
      }
    }
  }

  @Test func `the form is that of C2SP, line by line`() throws {
    let proof = try InclusionText.parse(Self.bytes(Self.inclusion))
    #expect(proof.index == 3 && proof.hashes.count == 2 && proof.checkpoint.size == 9 && proof.extra == nil)
    let extra = Self.inclusion.replacing("@v1\n", with: "@v1\nextra AQI=\n")
    #expect(try InclusionText.parse(Self.bytes(extra)).extra == [1, 2])
    #expect(try InclusionText.parse(Self.bytes(extra)).text() == Self.bytes(extra))
    let older = try ConsistencyText.parse(Self.bytes(Self.consistency))
    #expect(older.oldSize == 3 && older.hashes.count == 1 && older.checkpoint.size == 9)
  }

  @Test func `a tree of one leaf needs no hash, and equal sizes none either`() throws {
    let one = MerkleTree.leafHash([1])
    let note = Self.bytes(Checkpoint(origin: "o", size: 1, root: one).text())
    let text = try InclusionText(index: 0, hashes: [], note: note).text()
    #expect(text == Self.bytes("c2sp.org/tlog-proof@v1\nindex 0\n\n") + note)
    try InclusionText.parse(text).check(leaf: one)
    let same = try ConsistencyText(oldSize: 1, hashes: [], note: note).text()
    #expect(same == Self.bytes("old 1\n\n") + note)
    try ConsistencyText.parse(same).check(oldRoot: one)
    let nothing = try ConsistencyText(oldSize: 0, hashes: [], note: note)
    #expect(throws: ProofError.outOfRange) { try nothing.check(oldRoot: MerkleTree.emptyRoot) }
  }

  @Test(arguments: [
    ("", ProofTextError.notText, "nothing"), ("\n", .badStart, "an empty line"),
    ("c2sp.org/tlog-proof@v2\nindex 3\n\n\(body)", .badStart, "another version"),
    ("c2sp.org/tlog-proof@v1\n\n\(body)", .badStart, "no index"),
    ("c2sp.org/tlog-proof@v1\n", .badStart, "nothing after the first line"),
    ("c2sp.org/tlog-proof@v1\nindex 03\n\n\(body)", .badStart, "a leading zero"),
    ("c2sp.org/tlog-proof@v1\nindex\n\n\(body)", .badStart, "no number"),
    ("c2sp.org/tlog-proof@v1\nextra A\nindex 3\n\n\(body)", .badExtra, "extra data that isn't base64"),
    ("c2sp.org/tlog-proof@v1\nindex 3\nextra AQI=\n\n\(body)", .badHashes, "extra data behind the index"),
    ("c2sp.org/tlog-proof@v1\nindex 3\nAQI=\n\n\(body)", .badHashes, "a hash of two bytes"),
    ("c2sp.org/tlog-proof@v1\nindex 3\n\(root)\n", .badCheckpoint(.missingLines), "no checkpoint"),
    ("c2sp.org/tlog-proof@v1\nindex 3\n\(root)\n\n", .badCheckpoint(.notText), "nothing after the empty line"),
    ("c2sp.org/tlog-proof@v1\nindex 3\n\n\(body)\n", .badCheckpoint(.badSignatures), "an empty line at the end"),
    ("c2sp.org/tlog-proof@v1\nindex 3\n\n\n\(body)", .badCheckpoint(.missingLines), "two empty lines"),
    (String(inclusion.dropLast()), .notText, "no last newline"),
  ])
  func `what isn't a proof of inclusion is refused`(_ text: String, _ error: ProofTextError, _ why: String) {
    #expect(throws: error, "\(why)") { try InclusionText.parse(Self.bytes(text)) }
  }

  @Test(arguments: [
    ("old 3\n", ProofTextError.badCheckpoint(.missingLines), "nothing else"), ("3\n\n\(body)", .badStart, "no word"),
    ("old -3\n\n\(body)", .badStart, "a sign"), ("old 3\n\(root) \n\n\(body)", .badHashes, "a space after a hash"),
  ])
  func `what isn't a proof of consistency is refused`(_ text: String, _ error: ProofTextError, _ why: String) {
    #expect(throws: error, "\(why)") { try ConsistencyText.parse(Self.bytes(text)) }
  }

  @Test func `more hashes than any proof has, and too long a text, are refused before they are decoded`() {
    let line = Self.root + "\n"
    let most = "old 3\n" + String(repeating: line, count: 65) + "\n" + Self.body
    #expect(throws: Never.self) { try ConsistencyText.parse(Self.bytes(most)) }
    let more = most.replacing("old 3\n", with: "old 3\n" + line)
    #expect(throws: ProofTextError.badHashes) { try ConsistencyText.parse(Self.bytes(more)) }
    let long = [UInt8](repeating: UInt8(ascii: "\n"), count: 300 << 10)
    #expect(throws: ProofTextError.tooLong) { try InclusionText.parse(long) }
    #expect(throws: ProofTextError.tooLong) { try ConsistencyText.parse(long) }
  }

  @Test func `no byte of a proof can be another without an error or another proof`() throws {
    let text = Self.bytes(Self.inclusion)
    let proof = try InclusionText.parse(text)
    for place in text.indices {
      for bit in 0..<8 {
        var other = text
        other[place] ^= 1 << UInt8(bit)
        guard let parsed = try? InclusionText.parse(other) else { continue }
        let isSame = parsed.index == proof.index && parsed.hashes == proof.hashes && parsed.note == proof.note
        #expect(!isSame, "byte \(place), bit \(bit)")
      }
    }
  }
}
