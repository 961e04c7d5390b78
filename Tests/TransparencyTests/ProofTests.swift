import Cryptography
import Foundation
import SeededRandom
import Testing
import Transparency

@Suite struct ProofTests {
  /// A proof of a vector file: null is an empty one; nil where an entry isn't 32 bytes long.
  private func proof(_ test: [String: Any]) throws -> [Digest]? {
    let entries = try (test["proof"] as? [String] ?? []).map { Digest(try #require(Data(base64Encoded: $0))) }
    return entries.contains(nil) ? nil : entries.compactMap(\.self)
  }

  /// A root or leaf hash. Where the file has a text like "dont care 2" for one, that text's hash stands in: it too
  /// equals itself and nothing else. Nil where it has nothing.
  private func digest(_ test: [String: Any], _ name: String) throws -> Digest? {
    let text = try #require(test[name] as? String)
    let bytes = Array(try #require(Data(base64Encoded: text)))
    return bytes.isEmpty ? nil : Digest(bytes) ?? SHA256.hash(bytes)
  }

  private func number(_ test: [String: Any], _ name: String) throws -> UInt64 {
    try #require(test[name] as? NSNumber).uint64Value
  }

  @Test func `every inclusion proof of transparency-dev gets its verdict`() throws {
    let object = try vectorObject("transparency-dev_merkle_testdata.json")
    let tests = try #require(object["inclusion"] as? [[String: Any]])
    var valid = 0
    for test in tests {
      let wanted = try #require(test["wantErr"] as? Bool) == false
      var verdict = false
      if let proof = try proof(test), let leaf = try digest(test, "leafHash"), let root = try digest(test, "root") {
        let (index, size) = try (number(test, "leafIdx"), number(test, "treeSize"))
        verdict = (try? checkInclusion(leaf: leaf, index: index, size: size, proof: proof, root: root)) != nil
      }
      #expect(verdict == wanted, "\(test["file"] ?? "")")
      valid += verdict ? 1 : 0
    }
    #expect(tests.count == 98)
    #expect(valid == 6)
  }

  @Test func `every consistency proof of transparency-dev gets its verdict`() throws {
    let object = try vectorObject("transparency-dev_merkle_testdata.json")
    let tests = try #require(object["consistency"] as? [[String: Any]])
    var valid = 0
    for test in tests {
      let wanted = try #require(test["wantErr"] as? Bool) == false
      var verdict = false
      if let proof = try proof(test), let old = try digest(test, "root1"), let root = try digest(test, "root2") {
        let (oldSize, size) = try (number(test, "size1"), number(test, "size2"))
        verdict =
          (try? checkConsistency(oldSize: oldSize, size: size, proof: proof, oldRoot: old, root: root)) != nil
      }
      #expect(verdict == wanted, "\(test["file"] ?? "")")
      valid += verdict ? 1 : 0
    }
    #expect(tests.count == 98)
    #expect(valid == 6)
  }

  /// What is no longer the proof: with one bit flipped of each hash; with two hashes swapped, somewhere; and with a hash
  /// too many or too few, at each place.
  private func spoiled(_ proof: [Digest], _ random: inout SplitMix64) -> (changed: [[Digest]], resized: [[Digest]]) {
    var changed: [[Digest]] = []
    var resized = [proof + [MerkleTree.emptyRoot]]
    for i in proof.indices {
      var other = proof
      other[i] = other[i].flipping(bit: Int(random.next() % 256))
      changed.append(other)
      resized.append(Array(proof[..<i] + proof[(i + 1)...]))
      resized.append(Array(proof[..<i] + [proof[i]] + proof[i...]))
    }
    if proof.count > 1 {
      var other = proof
      let place = Int(random.next() % UInt64(proof.count - 1))
      other.swapAt(place, place + 1)
      changed.append(other)
    }
    return (changed, resized)
  }

  private func error(_ check: () throws(ProofError) -> Void) -> ProofError? {
    do throws(ProofError) {
      try check()
      return nil
    } catch {
      return error
    }
  }

  @Test func `every leaf of every tree to 256 is proven, and no proof with another hash passes`() throws {
    let hashes = leaves(256)
    let tree = MemoryTree(hashes)
    var random = SplitMix64(1)
    var frontier = Frontier()
    for size in 1...256 {
      frontier.append(hashes[size - 1])
      let root = frontier.root
      for index in 0..<size {
        tree.forgetReads()
        let proof = try proveInclusion(index: UInt64(index), size: UInt64(size), reader: tree)
        func verdict(_ proof: [Digest], leaf: Digest, index: Int, root: Digest) -> ProofError? {
          error { () throws(ProofError) in
            try checkInclusion(leaf: leaf, index: UInt64(index), size: UInt64(size), proof: proof, root: root)
          }
        }
        let leaf = hashes[index]
        let (changed, resized) = spoiled(proof, &random)
        let isSound =
          verdict(proof, leaf: leaf, index: index, root: root) == nil
          && verdict(proof, leaf: leaf.flipped, index: index, root: root) == .wrongRoot
          && verdict(proof, leaf: leaf, index: index, root: root.flipped) == .wrongRoot
          && verdict(proof, leaf: leaf, index: size, root: root) == .outOfRange
          && (index == 0 || verdict(proof, leaf: leaf, index: index - 1, root: root) != nil)
          && changed.allSatisfy { verdict($0, leaf: leaf, index: index, root: root) == .wrongRoot }
          && resized.allSatisfy { verdict($0, leaf: leaf, index: index, root: root) == .wrongLength }
        if !isSound { Issue.record("leaf \(index) of \(size)") }
      }
    }
  }

  @Test func `every tree to 256 begins with every smaller one, and no proof with another hash passes`() throws {
    let hashes = leaves(256)
    let tree = MemoryTree(hashes)
    var random = SplitMix64(2)
    var frontier = Frontier()
    var roots = [frontier.root]
    for size in 1...256 {
      frontier.append(hashes[size - 1])
      roots.append(frontier.root)
      for old in 1...size {
        tree.forgetReads()
        let proof = try proveConsistency(oldSize: UInt64(old), size: UInt64(size), reader: tree)
        func verdict(_ proof: [Digest], old: Int, oldRoot: Digest, root: Digest) -> ProofError? {
          error { () throws(ProofError) in
            let (before, now) = (UInt64(old), UInt64(size))
            try checkConsistency(oldSize: before, size: now, proof: proof, oldRoot: oldRoot, root: root)
          }
        }
        let (changed, resized) = spoiled(proof, &random)
        let isSound =
          verdict(proof, old: old, oldRoot: roots[old], root: roots[size]) == nil
          && verdict(proof, old: old, oldRoot: roots[old].flipped, root: roots[size]) == .wrongRoot
          && verdict(proof, old: old, oldRoot: roots[old], root: roots[size].flipped) == .wrongRoot
          && verdict(proof, old: 0, oldRoot: roots[0], root: roots[size]) == .outOfRange
          && verdict(proof, old: size + 1, oldRoot: roots[old], root: roots[size]) == .outOfRange
          && verdict(proof, old: old, oldRoot: roots[old - 1], root: roots[size]) == .wrongRoot
          && changed.allSatisfy { verdict($0, old: old, oldRoot: roots[old], root: roots[size]) == .wrongRoot }
          && resized.allSatisfy { verdict($0, old: old, oldRoot: roots[old], root: roots[size]) == .wrongLength }
        if !isSound { Issue.record("\(old) in \(size)") }
      }
    }
  }

  @Test func `proofs in a tree of three tile levels read one tile a level at each edge`() throws {
    let hashes = leaves(66_000)
    let tree = MemoryTree(hashes)
    let root = try treeHash(size: 66_000, reader: tree)
    for index: UInt64 in [0, 255, 256, 40_000, 65_535, 65_536, 65_999] {
      tree.forgetReads()
      let proof = try proveInclusion(index: index, size: 66_000, reader: tree)
      #expect(tree.reads.count <= 5, "leaf \(index)")
      try checkInclusion(leaf: hashes[Int(index)], index: index, size: 66_000, proof: proof, root: root)
    }
    for old: UInt64 in [1, 256, 300, 65_535, 65_536, 65_537, 66_000] {
      tree.forgetReads()
      let oldRoot = try treeHash(size: old, reader: tree)
      tree.forgetReads()
      let proof = try proveConsistency(oldSize: old, size: 66_000, reader: tree)
      #expect(tree.reads.count <= 5, "old size \(old)")
      try checkConsistency(oldSize: old, size: 66_000, proof: proof, oldRoot: oldRoot, root: root)
    }
  }

  @Test func `a proof about what the tree doesn't have is refused`() {
    let tree = MemoryTree(leaves(5))
    #expect(throws: TreeError.outOfRange) { try proveInclusion(index: 5, size: 5, reader: tree) }
    #expect(throws: TreeError.outOfRange) { try proveInclusion(index: 0, size: 0, reader: tree) }
    #expect(throws: TreeError.outOfRange) { try proveConsistency(oldSize: 0, size: 5, reader: tree) }
    #expect(throws: TreeError.outOfRange) { try proveConsistency(oldSize: 6, size: 5, reader: tree) }
  }

  @Test func `sizes up to 64 bits and proofs of any length are answered without a trap`() {
    let hash = MerkleTree.emptyRoot
    for size in [UInt64(1), 2, 3, 1 << 63, .max - 1, .max] {
      for index in [UInt64(0), 1, 1 << 62, 1 << 63, .max - 1, .max] {
        for count in 0...66 {
          let proof = [Digest](repeating: hash, count: count)
          if index != 0 || size != 1 || count != 0 {
            #expect(throws: ProofError.self) {
              try checkInclusion(leaf: hash, index: index, size: size, proof: proof, root: hash)
            }
          }
          if index != size || count != 0 {
            #expect(throws: ProofError.self) {
              try checkConsistency(oldSize: index, size: size, proof: proof, oldRoot: hash, root: hash)
            }
          }
        }
      }
    }
  }
}
