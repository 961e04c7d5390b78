package import Cryptography
import EventLog
package import KeyLedger
package import Transparency

/// That an event is in the log: its leaf hash, and a proof around a checkpoint.
package struct InclusionAnswer: Sendable {
  package let leafHash: Digest
  package let proof: InclusionText
}

/// That the log begins with what it was at an older size: the root that it had then, and a proof around a checkpoint.
package struct ConsistencyAnswer: Sendable {
  package let oldRoot: Digest
  package let proof: ConsistencyText
}

// Proofs of RFC 9162, from the log alone. Each is checked before it leaves, from the record's own bytes: stored hashes
// that are not those of the records prove nothing. And each shows a checkpoint, so first the rollback guard keeps the head.
extension Queries {
  /// The log at one of its sizes. Cost: one tile of each level.
  package func checkpoint(size: UInt64) throws(Refusal) -> Checkpoint {
    let checkpoint = try read { log in try Queries.checkpoint(log, size: size) }
    try keepHead()
    return checkpoint
  }

  /// Proves that event `sequence` is among the first `size`. `not_found` beyond the head, `bad_usage` for an event that
  /// is not among them. Cost: at most two tiles of each level, and a record.
  ///
  /// - Parameter note: what stands in the proof for the checkpoint of that size, signed; nil for its plain text.
  package func inclusion(of sequence: UInt64, size: UInt64, note: [UInt8]? = nil) throws(Refusal) -> InclusionAnswer {
    let answer = try read { log in
      let head = try log.head().size
      guard sequence > 0, sequence <= head else {
        throw Refusal(
          .notFound, "There is no event \(sequence); the log holds events 1 to \(head).", field: "sequence")
      }
      let checkpoint = try Queries.checkpoint(log, size: size)
      guard sequence <= size else {
        throw Refusal(.badUsage, "Event \(sequence) is not among the first \(size); name a larger size.", field: "size")
      }
      let leaf = try Queries.leafHash(log, of: sequence)
      let hashes = try proveInclusion(index: sequence - 1, size: size, reader: log)
      let note = note ?? Array(checkpoint.text().utf8)
      let proof = try InclusionText(index: sequence - 1, hashes: hashes, note: note)
      do throws(ProofError) {
        try proof.check(leaf: leaf)
      } catch {
        throw LogError.damaged("event \(sequence) is not what its tree holds; run keyledger verify")
      }
      return InclusionAnswer(leafHash: leaf, proof: proof)
    }
    try keepHead()
    return answer
  }

  /// Proves that the log of `size` events begins with the one of `oldSize`. Neither may be zero: every log begins with
  /// the empty one. Cost: at most three tiles of each level.
  package func consistency(from oldSize: UInt64, to size: UInt64) throws(Refusal) -> ConsistencyAnswer {
    let answer = try read { log in
      let checkpoint = try Queries.checkpoint(log, size: size)
      guard oldSize > 0, oldSize <= size else {
        throw Refusal(
          .badUsage, "Only from sizes of 1 to \(size) on can the log of \(size) events have grown.", field: "from")
      }
      let oldRoot = try log.root(at: oldSize)
      let hashes = try proveConsistency(oldSize: oldSize, size: size, reader: log)
      let proof = try ConsistencyText(oldSize: oldSize, hashes: hashes, note: Array(checkpoint.text().utf8))
      do throws(ProofError) {
        try proof.check(oldRoot: oldRoot)
      } catch {
        throw LogError.damaged("its tree does not begin with the one of \(oldSize) events; run keyledger verify")
      }
      return ConsistencyAnswer(oldRoot: oldRoot, proof: proof)
    }
    try keepHead()
    return answer
  }

  /// Refuses a checkpoint that does not speak of this log as it is: whose, and then what it says.
  package func confirm(_ kept: Checkpoint) throws(Refusal) {
    let origin = Checkpoint.origin(ledger: ledgerID.description)
    guard sameBytes(kept.origin, origin) else {
      throw Refusal(.badUsage, "That is a checkpoint of another log; this one's begins with \(origin).")
    }
    let isSame = try read { log in
      let head = try log.head().size
      guard kept.size <= head else {
        throw LogError.damaged("the checkpoint speaks of \(kept.size) events, and it holds \(head)")
      }
      return try log.root(at: kept.size) == kept.root
    }
    guard isSame else {
      throw Refusal(
        .damaged,
        "The checkpoint speaks of another log: the first \(kept.size) events here have another root. "
          + "Run keyledger verify --checkpoint with it.")
    }
  }

  private static func checkpoint(_ log: any LogReader, size: UInt64) throws -> Checkpoint {
    let head = try log.head().size
    guard size > 0, size <= head else {
      throw Refusal(.badUsage, "There is no log of \(size) events; sizes are 1 to \(head).", field: "size")
    }
    return Checkpoint(
      origin: Checkpoint.origin(ledger: log.ledger.description), size: size, root: try log.root(at: size))
  }

  private static func leafHash(_ log: any LogReader, of sequence: UInt64) throws -> Digest {
    var leaf: Digest?
    try log.records(after: sequence - 1, through: sequence) { _, record in
      leaf = MerkleTree.leafHash(record)
      return true
    }
    guard let leaf else { throw LogError.damaged("event \(sequence) is missing") }
    return leaf
  }
}
