package import Cryptography
package import KeyLedger
package import Transparency

/// The longest whole beginning of a damaged ledger, and what can be said of the rest.
package struct Salvage: Sendable {
  package let ledger: LedgerID
  /// Events 1 to this one are whole.
  package let size: UInt64
  package let root: Digest
  /// The greatest number of an event that anything readable speaks of. What lies between is lost.
  package let last: UInt64
  /// Whether the head says so, which knows how many events there were. Else more than `last` may be lost.
  package let isEndKnown: Bool
  /// What is wrong with the first event that is lost; nil when none is.
  package let reason: String?
  /// Lost events that can be read all the same.
  package let readable: [ClosedRange<UInt64>]
  /// Events from the first on that the ledger's own head confirms.
  package let confirmedByHead: UInt64
  /// Full tiles that agree, where the head does not tell.
  package let agreeingTiles: UInt64
  /// Whether the write-ahead log breaks off before its end: what was committed there last is not known.
  package let isWALCutOff: Bool
}

/// Saves what is whole of a ledger's file. It works on a copy that nobody else has open, and writes nothing into it.
package final class LedgerRecovery {
  private let damaged: DamagedLedger

  /// - Parameter path: of the copy; beside it the copy of its write-ahead log, if there was one.
  package init(path: String) { damaged = DamagedLedger(path: path) }

  /// Reads everything. Throws `LogError.unreadable` when event 1 is lost: then there is no beginning.
  ///
  /// - Parameters:
  ///   - shown: the newest checkpoint that anyone was shown of a ledger: where its root is that of the records, they are
  ///     the true ones, whatever is left of the tree.
  ///   - progress: called with events done and all, as far as one knows.
  package func survey(
    shown: (LedgerID) -> Checkpoint? = { _ in nil }, progress: (UInt64, UInt64) -> Void = { _, _ in }
  ) throws(LogError) -> Salvage {
    let stored = damaged.storedHead()
    var last = stored?.head.size ?? 0
    var head = stored?.head
    if stored?.isWhole != true {
      head = [head, damaged.salvagedHead()].compactMap(\.self).max { $0.size < $1.size }
      last = max(last, head?.size ?? 0, damaged.lastReadable())
    }
    let found = try prefix(through: last, progress)
    var (root, reason) = (found.chain.frontier.root, found.reason)
    let known = found.chain.ledger.flatMap(shown)
    let verdict = TreeEvidence(leaves: found.leaves, head: head, shown: known, tile: damaged.tile).verdict()
    if let contradiction = verdict.contradiction {
      reason = contradiction
      var frontier = Frontier()
      frontier.append(contentsOf: found.leaves.prefix(Int(verdict.size)))
      root = frontier.root
    }
    guard let ledger = found.chain.ledger, verdict.size > 0 else {
      throw .unreadable(sequence: 1, reason: reason ?? "it is missing")
    }
    return Salvage(
      ledger: ledger, size: verdict.size, root: root, last: max(last, verdict.size),
      isEndKnown: (head?.size ?? 0) >= last, reason: reason,
      readable: damaged.readable(after: verdict.size), confirmedByHead: verdict.confirmed,
      agreeingTiles: verdict.tiles, isWALCutOff: damaged.isWALCutOff)
  }

  /// Makes a ledger of the whole beginning, at a path where nothing is. Its records are the bytes that were read.
  package func build(
    _ salvage: Salvage, at path: String, progress: (UInt64, UInt64) -> Void = { _, _ in }
  ) throws {
    let head = try SQLiteLog.create(path: path, ledger: salvage.ledger) { picture in
      var chain = RecordChain()
      for sequence in 1...salvage.size {
        let appended = try chain.append(try record(sequence)) { stream throws(LogError) in
          try picture.version(of: stream) + 1
        }
        try picture.insert(appended)
        progress(sequence, salvage.size)
      }
      return try picture.head()
    }
    guard head.size == salvage.size, head.root == salvage.root else {
      throw LogError.damaged("its copy gave other records when it was read again")
    }
  }

  /// The lost events that can be read, in order. Their places in their streams are not known.
  package func beyond(_ salvage: Salvage, _ body: (Event) throws -> Void) throws {
    for range in salvage.readable {
      for sequence in range {
        let bytes = try record(sequence)
        try body(try RecordCodec.decode(bytes.span, ledger: salvage.ledger, version: 1))
      }
    }
  }

  // MARK: Reading

  private func prefix(
    through last: UInt64, _ progress: (UInt64, UInt64) -> Void
  ) throws(LogError) -> (chain: RecordChain, leaves: [Digest], reason: String?) {
    var chain = RecordChain()
    var leaves: [Digest] = []
    var versions: [Stream: UInt64] = [:]
    damaged.ledger = nil
    while chain.frontier.size < last {
      switch damaged.record(chain.frontier.size + 1) {
      case .nothing(let reason): return (chain, leaves, reason)
      case .record(let bytes):
        do throws(LogError) {
          let appended = try chain.append(bytes) { stream throws(LogError) in versions[stream, default: 0] + 1 }
          leaves.append(appended.leafHash)
          versions[appended.event.stream] = appended.event.version
        } catch .unreadable(_, let reason) {
          return (chain, leaves, reason)
        }
        damaged.ledger = chain.ledger
        progress(chain.frontier.size, last)
      }
    }
    return (chain, leaves, nil)
  }

  private func record(_ sequence: UInt64) throws(LogError) -> [UInt8] {
    switch damaged.record(sequence) {
    case .record(let bytes): return bytes
    case .nothing(let reason): throw .unreadable(sequence: sequence, reason: reason)
    }
  }
}
