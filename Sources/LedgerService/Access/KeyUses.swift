import KeyLedger

/// Uses of keys that are not written yet: of each its last and how many there were.
struct KeyUses {
  struct Use {
    private(set) var at: Instant
    private(set) var count: Int64 = 0

    init(at time: Instant) { at = time }

    fileprivate mutating func note(_ time: Instant) {
      at = max(at, time)
      count += 1
    }
  }

  private(set) var byKey: [KeyID: Use] = [:]
  /// Batches since they were last written.
  private var held = 0

  /// Written with the batch that brings them: what a few people or services use.
  private static let few = 512
  /// Beyond, they are gathered: keys in no order lie all over the table, and each page of it is read and written once,
  /// for however many of its keys were used. Some 1 MB.
  private static let many = 16_384
  /// Batches that they are held back for at most: some ten seconds.
  private static let patience = 50

  mutating func add(_ batch: JournalBatch) {
    for entry in batch.entries where entry.outcome == .valid {
      guard let key = entry.key else { continue }
      byKey[key, default: Use(at: entry.time)].note(entry.time)
    }
    held += 1
  }

  /// Whether it is time to write them.
  var areDue: Bool { byKey.count <= KeyUses.few || byKey.count >= KeyUses.many || held >= KeyUses.patience }

  mutating func removeAll() {
    byKey.removeAll(keepingCapacity: true)
    held = 0
  }
}
