import KeyLedger

/// Uses of a key: the last one and how many there were.
struct KeyUse {
  let key: KeyID
  private(set) var at: Instant
  private(set) var count: Int64

  init(_ key: KeyID, at time: Instant, count: Int64 = 1) { (self.key, at, self.count) = (key, time, count) }

  mutating func add(_ other: KeyUse) {
    at = max(at, other.at)
    count += other.count
  }
}

/// Uses of keys that are not written yet.
struct KeyUses {
  /// In the order of their keys, each of which is there once.
  private(set) var uses: [KeyUse] = []
  /// Batches since they were last written.
  private var held = 0

  /// Written with the batch that brings them: what a few people or services use.
  private static let few = 512
  /// Beyond, they are gathered: keys in no order lie all over the table, and each page of it is read and written once,
  /// for however many of its keys were used. Some 500 KB.
  private static let many = 16_384
  /// Batches that they are held back for at most: some ten seconds.
  private static let patience = 50

  /// Cost: some 100 ns an operation.
  mutating func add(_ batch: JournalBatch) {
    for entry in batch.entries where batch.kinds[Int(entry.kind)].outcome == .valid {
      if let key = entry.key { uses.append(KeyUse(key, at: entry.time)) }
    }
    gather()
    held += 1
  }

  /// Whether it is time to write them.
  var areDue: Bool { uses.count <= KeyUses.few || uses.count >= KeyUses.many || held >= KeyUses.patience }

  mutating func removeAll() {
    uses.removeAll(keepingCapacity: true)
    held = 0
  }

  private mutating func gather() {
    uses.sort { $0.key.ulid.bits < $1.key.ulid.bits }
    var count = 0
    for index in uses.indices {
      if count > 0, uses[count - 1].key == uses[index].key {
        uses[count - 1].add(uses[index])
      } else {
        uses[count] = uses[index]
        count += 1
      }
    }
    uses.removeLast(uses.count - count)
  }
}
