import Cryptography
import EventLog
import KeyLedger
import Testing
import Transparency

@Suite struct TreeTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(arguments: Implementation.allCases)
  func `the root at every size is that of the recursion in the standard`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    for number in 0..<69 {
      try log.append([Sample.revealed(number)])
      let records = try log.allRecords()
      #expect(try log.read { try $0.head().root } == merkleTreeHash(records[...]))
    }
    let records = try log.allRecords()
    try log.read { reader throws in
      #expect(try reader.root(at: 0) == MerkleTree.emptyRoot)
      for size in 1...70 { #expect(try reader.root(at: UInt64(size)) == merkleTreeHash(records[..<size])) }
      #expect(throws: TreeError.outOfRange) { try reader.root(at: 71) }
    }
  }

  @Test(arguments: Implementation.allCases)
  func `appends that end before, at and behind a full tile all lead to the same roots`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    var roots: [UInt64: Digest] = [:]
    // Sizes 255, 256, 257, 511, 512, 513, and then several tiles in one transaction.
    for growth in [254, 1, 1, 254, 1, 1, 1_000] {
      try log.append((0..<growth).map { Sample.revealed($0) })
      try log.read { reader throws in roots[try reader.head().size] = try reader.head().root }
    }
    let records = try log.allRecords()
    try log.read { reader throws in
      for (size, root) in roots {
        #expect(root == merkleTreeHash(records[..<Int(size)]))
        #expect(try reader.root(at: size) == root)
      }
      for size in [1, 256, 300, 512, 700, 768, 769, 1_512] as [UInt64] {
        #expect(try reader.root(at: size) == merkleTreeHash(records[..<Int(size)]))
      }
    }
  }

  /// What one picture of the log has learnt of its tiles serves the next; what was never committed must not.
  @Test(arguments: Implementation.allCases)
  func `roots asked again and again while the log grows, also after an append was undone, are right`(
    kind: Implementation
  ) throws {
    let log = try kind.make(in: scratch)
    for growth in [299, 400, 300, 600] {
      try log.rehearse { log in
        _ = try log.append(
          (0..<700).map { Sample.revealed($0, in: "undone") }, at: Sample.start, marks: EventMarks(), expected: [:])
        _ = try log.root(at: 700)
      }
      try log.append((0..<growth).map { Sample.revealed($0) })
      let records = try log.allRecords()
      for size in [255, 256, 300, 512, 520, 700, 768, 999, 1_024, 1_600] where size <= records.count {
        #expect(try log.read { try $0.root(at: UInt64(size)) } == merkleTreeHash(records[..<size]), "\(size)")
      }
    }
  }

  @Test(arguments: Implementation.allCases)
  func `the tile above comes with event 65,536`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    var roots: [UInt64: Digest] = [:]
    for growth in [40_000, 25_534, 1, 1, 300] {
      try log.append((0..<growth).map { Sample.revealed($0) })
      try log.read { reader throws in roots[try reader.head().size] = try reader.head().root }
    }
    #expect(roots.keys.sorted() == [40_001, 65_535, 65_536, 65_537, 65_837])
    var frontier = Frontier()
    try log.read { reader throws in
      try reader.records(after: 0, through: .max) { number, record throws in
        frontier.append(MerkleTree.leafHash(record))
        if let root = roots[number] {
          #expect(root == frontier.root)
          #expect(try reader.root(at: number) == frontier.root)
        }
        return true
      }
    }
  }

  @Test(arguments: Implementation.allCases)
  func `a replay in pieces ends at the head's frontier, with every event once`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    try log.append((0..<599).map { Sample.revealed($0) })
    try log.read { reader throws in
      var frontier = Frontier()
      var numbers: [UInt64] = []
      for through in [0, 1, 255, 256, 500, 500, 10_000] as [UInt64] {
        try replay(reader, from: &frontier, through: through) { events in
          for index in events.indices { numbers.append(events[index].sequence) }
        }
        #expect(frontier.size == min(through, 600))
      }
      #expect(numbers == Array(1...600))
      #expect(LogHead(frontier: frontier) == (try reader.head()))
    }
  }
}
