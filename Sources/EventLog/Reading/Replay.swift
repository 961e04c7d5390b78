package import Cryptography
package import KeyLedger
package import Transparency

/// Hands every event after `frontier` up to number `through` (or the head) to `body`, and each record to the tree. The
/// root of the frontier afterwards is computed from the records, so whoever has a root to compare with can tell that
/// what was replayed is what was logged. Nothing is skipped: an event that can't be read is thrown, and then those
/// before it are done.
package func replay(
  _ reader: any LogReader, from frontier: inout Frontier, through: UInt64 = .max, _ body: (Event) throws -> Void
) throws {
  var step = ReplayStep(ledger: reader.ledger)
  try reader.forEachPage(after: frontier.size, through: through) { page in
    try step.replay(&page, from: &frontier, body)
    return true
  }
}

/// As above, in little more than half the time where there is much to do: another thread reads ahead.
package func replay(
  _ log: any EventLog, from frontier: inout Frontier, through: UInt64 = .max, _ body: (Event) throws -> Void
) throws {
  let last = min(through, try log.read { try $0.head().size })
  var step = ReplayStep(ledger: log.ledger)
  try log.forEachPage(after: frontier.size, through: last) { page in
    try step.replay(&page, from: &frontier, body)
    return true
  }
}

/// What is done with each page.
private struct ReplayStep {
  private var decoder: RecordDecoder

  init(ledger: LedgerID) { decoder = RecordDecoder(ledger: ledger) }

  mutating func replay(_ page: inout RecordPage, from frontier: inout Frontier, _ body: (Event) throws -> Void) throws {
    precondition(page.after == frontier.size, "a page out of order")
    page.hash()
    var done = 0
    do {
      while done < page.count {
        try body(try decoder.event(done, of: page))
        done += 1
      }
      frontier.append(contentsOf: page.leafHashes)
    } catch {
      frontier.append(contentsOf: page.leafHashes.prefix(done))
      throw error
    }
  }
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
