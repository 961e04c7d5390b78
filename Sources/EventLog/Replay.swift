package import Cryptography
package import KeyLedger
package import Transparency

/// Hands every event after `frontier` up to number `through` (or the head) to `body`, and each record to the tree.
/// Returns the frontier there: its root is computed from the records, so whoever has a root to compare with can tell
/// that what was replayed is what was logged. Nothing is skipped: an event that can't be read is thrown.
package func replay(
  _ reader: any LogReader, from frontier: Frontier, through: UInt64, _ body: (Event) throws -> Void
) throws -> Frontier {
  var frontier = frontier
  try reader.eventsInOrder(after: frontier.size, through: through) { event, record in
    precondition(event.sequence == frontier.size + 1, "an event out of order")
    frontier.append(MerkleTree.leafHash(record))
    try body(event)
    return true
  }
  return frontier
}

extension LogReader {
  /// The Merkle root of the first `size` events. Cost: one tile a level. Throws `TreeError.outOfRange` beyond the head.
  package func root(at size: UInt64) throws -> Digest {
    let head = try head()
    guard size <= head.size else { throw TreeError.outOfRange }
    // The head's own is the one that was written down.
    return size == head.size ? head.root : try treeHash(size: size, reader: self)
  }
}
