import Cryptography
package import Formats
package import Transparency

extension Shapes {
  /// The numbers of an event and of a size, hashes in base64: contract §3.
  package static func inclusion(_ answer: InclusionAnswer) -> JSON {
    let checkpoint = answer.proof.checkpoint
    return .members([
      "sequence": .number(answer.proof.index + 1), "size": .number(checkpoint.size),
      "leaf_hash": hash(answer.leafHash), "hashes": .array(answer.proof.hashes.map(hash)),
      "root": hash(checkpoint.root),
    ])
  }

  package static func consistency(_ answer: ConsistencyAnswer) -> JSON {
    let checkpoint = answer.proof.checkpoint
    return .members([
      "from": .number(answer.proof.oldSize), "size": .number(checkpoint.size),
      "hashes": .array(answer.proof.hashes.map(hash)), "from_root": hash(answer.oldRoot),
      "root": hash(checkpoint.root),
    ])
  }

  /// What the text says, member by member.
  package static func checkpoint(_ checkpoint: Checkpoint) -> JSON {
    .members([
      "origin": .string(checkpoint.origin), "size": .number(checkpoint.size), "root": hash(checkpoint.root),
    ])
  }

  private static func hash(_ digest: Digest) -> JSON { .string(Base64.encode(digest.bytes)) }
}
