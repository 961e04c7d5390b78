import KeyLedger

/// Whose log it is when single records may be damaged.
enum Owner {
  /// Nil for what is no record.
  static func of(_ record: Span<UInt8>) -> LedgerID? { try? RecordCodec.ledger(of: record) }

  /// The one that most of the first records name, the earliest of those that as many do.
  static func mostNamed(_ owners: [LedgerID]) -> LedgerID? {
    var votes: [LedgerID: Int] = [:]
    for owner in owners { votes[owner, default: 0] += 1 }
    let most = votes.values.max()
    return owners.first { votes[$0] == most }
  }
}
