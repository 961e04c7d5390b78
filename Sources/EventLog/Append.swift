import Cryptography
import Formats
import KeyLedger
import Transparency

/// The part of an append that is the same whatever keeps the log: everything is judged and written down here, before
/// the first row is stored.
struct Append {
  let ledger: LedgerID
  let size: UInt64
  let lastTime: Instant?

  /// The drafts as they will stand in the log. Throws `versionChanged` and `recordTooLarge`, and then nothing has
  /// happened. Traps when `time` lies before the last event's: the caller takes the later of the two.
  ///
  /// - Parameter version: how many events a stream has.
  func prepare(
    _ drafts: [Draft], at time: Instant, marks: EventMarks, expected: [Stream: UInt64],
    version: (Stream) throws -> UInt64
  ) throws -> [AppendedEvent] {
    for (stream, wanted) in expected {
      let actual = try version(stream)
      guard actual == wanted else { throw LogError.versionChanged(stream, expected: wanted, actual: actual) }
    }
    precondition(lastTime.map { $0 <= time } ?? true, "time runs backwards in the log")
    var versions: [Stream: UInt64] = [:]
    var appended: [AppendedEvent] = []
    for draft in drafts {
      let before = try versions[draft.stream] ?? version(draft.stream)
      // Most commands have one, and need no memory for it.
      if drafts.count > 1 { versions[draft.stream] = before + 1 }
      let event = Event(
        sequence: size + UInt64(appended.count) + 1, stream: draft.stream, version: before + 1, time: time,
        actor: draft.actor, data: draft.data, marks: marks)
      let record = RecordCodec.encode(event, ledger: ledger)
      guard record.count <= RecordCodec.maximumBytes else { throw LogError.recordTooLarge(record.count) }
      appended.append(AppendedEvent(event: event, record: record, leafHash: MerkleTree.leafHash(record)))
    }
    return appended
  }
}

/// The greatest of the numbers 1 … `size` for which `isIncluded` holds; 0 for none. What holds for a number must hold for
/// all before it. Cost: the logarithm of `size`.
func lastIncluded(size: UInt64, _ isIncluded: (UInt64) throws -> Bool) rethrows -> UInt64 {
  var (low, high) = (UInt64(0), size)
  while low < high {
    let middle = low + (high - low + 1) / 2
    if try isIncluded(middle) { low = middle } else { high = middle - 1 }
  }
  return low
}
