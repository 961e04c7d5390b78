package import Cryptography
package import KeyLedger
package import Transparency

/// Hands the events after `frontier` up to number `through` (or the head) to `body`, in order and some hundred at a time, and
/// each record to the tree. The root of the frontier afterwards is computed from the records, so whoever has a root to
/// compare with can tell that what was replayed is what was logged. Nothing is skipped: an event that can't be read is
/// thrown, and then those before it are done.
package func replay(
  _ reader: any LogReader, from frontier: inout Frontier, through: UInt64 = .max, _ body: (Span<Event>) -> Void
) throws {
  var step = ReplayStep(ledger: reader.ledger)
  try reader.forEachPage(after: frontier.size, through: through) { page in
    try step.replay(&page, from: &frontier, body)
    return true
  }
}

/// As above, in little more than half the time where there is much to do: another thread reads ahead.
package func replay(
  _ log: any EventLog, from frontier: inout Frontier, through: UInt64 = .max, _ body: (Span<Event>) -> Void
) throws {
  let last = min(through, try log.read { try $0.head().size })
  var step = ReplayStep(ledger: log.ledger)
  try log.forEachPage(after: frontier.size, through: last, decoded: true) { page in
    try step.replay(&page, from: &frontier, body)
    return true
  }
}

/// What is done with each page.
private struct ReplayStep {
  private var decoder: RecordDecoder

  init(ledger: LedgerID) { decoder = RecordDecoder(ledger: ledger) }

  mutating func replay(_ page: inout RecordPage, from frontier: inout Frontier, _ body: (Span<Event>) -> Void) throws {
    precondition(page.after == frontier.size, "a page out of order")
    page.hash()
    let decoded = Result { () throws(LogError) in try page.decode(&decoder) }
    body(page.events.span)
    frontier.append(contentsOf: page.leafHashes.prefix(page.events.count))
    try decoded.get()
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
