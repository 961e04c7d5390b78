import Cryptography
import Foundation
import Testing
import Transparency

@Suite struct TreeTests {
  @Test func `the reference tree of eight leaves has its nine roots`() throws {
    let object = try vectorObject("transparency-dev_merkle_testdata.json")
    let tree = try #require(object["rfc6962_reference_tree"] as? [String: Any])
    let inputs = try #require(tree["leafInputsHex"] as? [String])
    let roots = try #require(tree["rootsHexBySize"] as? [String])
    try #require(inputs.count == 8 && roots.count == 9)
    var frontier = Frontier()
    #expect(frontier.root.hex == roots[0])
    #expect(MerkleTree.emptyRoot.hex == roots[0])
    for (i, input) in inputs.enumerated() {
      let record = stride(from: 0, to: input.count, by: 2).compactMap {
        UInt8(input.dropFirst($0).prefix(2), radix: 16)
      }
      frontier.append(MerkleTree.leafHash(record))
      #expect(frontier.root.hex == roots[i + 1], "size \(i + 1)")
    }
  }

  @Test func `frontier and tiles give the root of the RFC's definition for every size to 600`() throws {
    let hashes = leaves(600)
    let tree = MemoryTree(hashes)
    var frontier = Frontier()
    for size in 0...600 {
      let root = definedRoot(hashes.prefix(size))
      #expect(frontier.root == root, "size \(size)")
      #expect(frontier.size == UInt64(size))
      frontier.checkInvariants()
      tree.forgetReads()
      #expect(try treeHash(size: UInt64(size), reader: tree) == root, "size \(size)")
      if size < 600 { frontier.append(hashes[size]) }
    }
  }

  @Test func `leaves appended together leave the frontier that they leave one by one, for all sizes to 70`() {
    let hashes = leaves(141)
    for size in 0...70 {
      var before = Frontier()
      for leaf in hashes.prefix(size) { before.append(leaf) }
      var single = before
      for number in 0...70 {
        var together = before
        together.append(contentsOf: hashes[size..<size + number])
        #expect(together == single, "\(size) and \(number)")
        together.checkInvariants()
        single.append(hashes[size + number])
      }
    }
  }

  @Test func `tiles give the frontier's root where a third level of them begins`() throws {
    let hashes = leaves(66_000)
    let tree = MemoryTree(hashes)
    var frontier = Frontier()
    let sizes: Set<UInt64> = [65_279, 65_280, 65_281, 65_535, 65_536, 65_537, 65_792, 66_000]
    for leaf in hashes {
      frontier.append(leaf)
      guard sizes.contains(frontier.size) else { continue }
      tree.forgetReads()
      #expect(try treeHash(size: frontier.size, reader: tree) == frontier.root, "size \(frontier.size)")
      #expect(Set(tree.reads.map(\.level)).count == tree.reads.count, "more than one tile of a level")
    }
  }

  @Test func `a frontier survives being written and read, and goes on`() throws {
    let hashes = leaves(300)
    var frontier = Frontier()
    for leaf in hashes {
      let bytes = frontier.serialized
      #expect(bytes.count == 32 * frontier.size.nonzeroBitCount)
      var copy = try #require(Frontier(size: frontier.size, serialized: bytes))
      #expect(copy == frontier)
      #expect(Frontier(size: frontier.size, serialized: bytes + [0]) == nil)
      #expect(Frontier(size: frontier.size, serialized: bytes + [UInt8](repeating: 0, count: 32)) == nil)
      if !bytes.isEmpty { #expect(Frontier(size: frontier.size, serialized: bytes.dropLast()) == nil) }
      copy.append(leaf)
      frontier.append(leaf)
      #expect(copy.root == frontier.root)
    }
    let largest = try #require(Frontier(size: .max, serialized: [UInt8](repeating: 1, count: 64 * 32)))
    #expect(largest.serialized.count == 64 * 32)
  }

  @Test func `a reader that gives too few hashes is found out`() {
    struct Short: HashReader {
      func hashes(level: Int, range: Range<UInt64>) throws -> [Digest] { [] }
    }
    #expect(throws: TreeError.wrongCount(level: 0, range: 0..<5, got: 0)) { try treeHash(size: 5, reader: Short()) }
  }

  /// The sums over sizes must not overflow where the last tile ends at 2^64.
  @Test func `the largest size is asked about without a trap`() throws {
    struct Endless: HashReader {
      func hashes(level: Int, range: Range<UInt64>) throws -> [Digest] {
        [Digest](repeating: MerkleTree.emptyRoot, count: range.count)
      }
    }
    _ = try treeHash(size: .max, reader: Endless())
    #expect(try proveInclusion(index: .max - 1, size: .max, reader: Endless()).count == 63)
    #expect(try proveConsistency(oldSize: .max - 1, size: .max, reader: Endless()).count == 64)
  }
}

@Suite struct TileTests {
  @Test func `a full tile's root is that of its 256 leaves`() {
    let hashes = leaves(Tile.width)
    #expect(Tile.root(of: hashes) == definedRoot(hashes[...]))
    #expect(TileID(level: 0, number: 3).hashes == 768..<1024)
  }

  /// Tile n of level L is full at (n + 1)·256^(L + 1) leaves: looked at leaf by leaf.
  @Test func `the tiles that a leaf completes are those that end with it, for every leaf to 70000`() {
    for size in UInt64(1)...70_000 {
      var expected: [TileID] = []
      for (level, width) in [UInt64(256), 65_536, 16_777_216].enumerated() where size % width == 0 {
        expected.append(TileID(level: level, number: size / width - 1))
      }
      let tiles = Tile.tilesCompleted(from: size - 1, to: size)
      if tiles != expected { Issue.record("size \(size): \(tiles)") }
    }
  }

  @Test func `growth by many leaves completes what growth leaf by leaf does, lower tiles first`() {
    let sizes: [UInt64] = [0, 1, 255, 256, 257, 511, 512, 1000, 65_280, 65_535, 65_536, 65_537, 70_000]
    for (i, old) in sizes.enumerated() {
      for new in sizes[i...] {
        var steps: Set<TileID> = []
        for size in old..<new { steps.formUnion(Tile.tilesCompleted(from: size, to: size + 1)) }
        let tiles = Tile.tilesCompleted(from: old, to: new)
        #expect(Set(tiles) == steps && tiles.count == steps.count, "\(old) to \(new)")
        #expect(zip(tiles, tiles.dropFirst()).allSatisfy { ($0.level, $0.number) < ($1.level, $1.number) })
      }
    }
  }

  @Test func `at the top of 64 bits nothing overflows`() {
    let tiles = Tile.tilesCompleted(from: .max - 1, to: .max)
    #expect(tiles.isEmpty)
    #expect(Tile.tilesCompleted(from: .max << 8 - 1, to: .max << 8) == [TileID(level: 0, number: .max >> 8 - 1)])
  }
}
