import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService
import SQLite
import Testing
import Transparency

@Suite struct ProofsTests {
  private let ledger: ReadingLedger
  private let size: UInt64
  /// The leaf hashes of the records as they are read, and the roots that follow from them.
  private let leaves: [Digest]
  private let roots: [Digest]

  init() throws {
    ledger = try ReadingStory().ledger
    let log = try SQLiteLog(path: ledger.directory.ledger, mode: .readOnly)
    var (leaves, frontier) = ([Digest](), Frontier())
    var roots = [frontier.root]
    try log.read { log in
      try log.records(after: 0, through: .max) { _, record in
        leaves.append(MerkleTree.leafHash(record))
        frontier.append(MerkleTree.leafHash(record))
        roots.append(frontier.root)
        return true
      }
    }
    (self.leaves, self.roots, size) = (leaves, roots, frontier.size)
  }

  @Test func `every event is proved in every log that holds it, from the text alone`() throws {
    let queries = try ledger.queries()
    for size in 1...size {
      for sequence in 1...size {
        let answer = try queries.inclusion(of: sequence, size: size)
        #expect(answer.leafHash == leaves[Int(sequence) - 1])
        let proof = try InclusionText.parse(answer.proof.text())
        #expect(proof.index == sequence - 1 && proof.checkpoint.size == size)
        #expect(proof.checkpoint.root == roots[Int(size)])
        #expect(proof.checkpoint.origin == "keyledger/\(ledger.founding.ledger)")
        try proof.check(leaf: leaves[Int(sequence) - 1])
      }
    }
  }

  @Test func `every log is proved to begin with every older one, from the text alone`() throws {
    let queries = try ledger.queries()
    for size in 1...size {
      for old in 1...size {
        let answer = try queries.consistency(from: old, to: size)
        #expect(answer.oldRoot == roots[Int(old)])
        let proof = try ConsistencyText.parse(answer.proof.text())
        #expect(proof.checkpoint.root == roots[Int(size)] && proof.oldSize == old)
        try proof.check(oldRoot: roots[Int(old)])
      }
    }
  }

  @Test func `the shapes are those of the contract`() throws {
    let queries = try ledger.queries()
    let inclusion = Shapes.inclusion(try queries.inclusion(of: 17, size: 20))
    #expect(inclusion.names == ["sequence", "size", "leaf_hash", "hashes", "root"])
    #expect(inclusion["sequence"]?.integer == 17 && inclusion["size"]?.integer == 20)
    #expect(inclusion["leaf_hash"]?.string == Base64.encode(leaves[16].bytes))
    #expect(inclusion["root"]?.string == Base64.encode(roots[20].bytes))
    let consistency = Shapes.consistency(try queries.consistency(from: 17, to: 20))
    #expect(consistency.names == ["from", "size", "hashes", "from_root", "root"])
    #expect(consistency["from_root"]?.string == Base64.encode(roots[17].bytes))
    #expect(consistency["hashes"]?.array?.isEmpty == false)
  }

  @Test func `what a proof shows, the rollback guard keeps first`() throws {
    let shown = ledger.directory.rollbackGuard(of: ledger.founding.ledger)
    let head = Checkpoint(origin: "keyledger/\(ledger.founding.ledger)", size: size, root: roots[Int(size)])
    let queries = try ledger.queries()
    _ = try queries.inclusion(of: 2, size: 3)
    #expect(shown.kept() == .checkpoint(head))
    let more = try ledger.run(.changePlan(.scale)).events
    _ = try queries.consistency(from: 1, to: 2)
    guard case .checkpoint(let kept) = shown.kept() else { throw ReadingLedger.Nothing() }
    #expect(!more.isEmpty && kept.size == size + UInt64(more.count))
  }

  @Test func `what the log does not have is refused`() throws {
    let queries = try ledger.queries()
    let size = size
    #expect(refusal { _ = try queries.inclusion(of: 0, size: size) } == .notFound)
    #expect(refusal { _ = try queries.inclusion(of: size + 1, size: size) } == .notFound)
    #expect(refusal { _ = try queries.inclusion(of: 1, size: 0) } == .badUsage)
    #expect(refusal { _ = try queries.inclusion(of: 1, size: size + 1) } == .badUsage)
    #expect(refusal { _ = try queries.inclusion(of: 3, size: 2) } == .badUsage)
    #expect(refusal { _ = try queries.consistency(from: 0, to: size) } == .badUsage)
    #expect(refusal { _ = try queries.consistency(from: size + 1, to: size) } == .badUsage)
    #expect(refusal { _ = try queries.consistency(from: 1, to: size + 1) } == .badUsage)
    #expect(try queries.consistency(from: size, to: size).proof.hashes.isEmpty)
  }

  @Test func `a kept checkpoint is taken when it speaks of this log, and refused else`() throws {
    let queries = try ledger.queries()
    let kept = try queries.inclusion(of: 1, size: 5).proof.checkpoint
    #expect(kept.root == roots[5])
    try queries.confirm(kept)
    let other = Checkpoint(origin: kept.origin, size: 5, root: roots[4])
    #expect(refusal { try queries.confirm(other) } == .damaged)
    let longer = Checkpoint(origin: kept.origin, size: size + 1, root: roots[4])
    #expect(refusal { try queries.confirm(longer) } == .damaged)
    let foreign = Checkpoint(origin: "keyledger/ldg_1", size: 5, root: roots[5])
    #expect(refusal { try queries.confirm(foreign) } == .badUsage)
  }

  @Test func `no proof leaves for an event that was changed in the file`() throws {
    let connection = try Connection(
      path: ledger.directory.ledger, mode: .readWrite, busy: .jitter(limitMilliseconds: 5_000))
    defer { connection.close() }
    let trigger =
      "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN\n"
      + "  SELECT RAISE(ABORT, 'events are never changed');\nEND"
    try connection.execute(
      """
      DROP TRIGGER events_no_update;
      UPDATE events SET record = CAST(replace(CAST(record AS TEXT), 'operator:ops', 'operator:sop') AS BLOB)
        WHERE sequence = 6;
      \(trigger)
      """)
    let queries = try ledger.queries()
    #expect(refusal { _ = try queries.inclusion(of: 6, size: size) } == .damaged)
    #expect(refusal { _ = try queries.consistency(from: 5, to: size) } == .damaged)
  }
}

extension JSON {
  fileprivate var names: [String] {
    guard case .object(let members) = self else { return [] }
    return members.map(\.name)
  }
}
