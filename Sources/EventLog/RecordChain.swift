package import KeyLedger
package import Transparency

/// Takes the records of a log in their order, strictly, as they come from outside: each must decode, be canonical, be the
/// next one, of the same ledger and not earlier than the last.
package struct RecordChain {
  /// Whose records they are: what the first one says.
  package private(set) var ledger: LedgerID?
  package private(set) var frontier = Frontier()
  private var versions: [Stream: UInt64] = [:]
  private var time: Instant?

  package init() {}

  /// The event of the next record. Throws `LogError.unreadable` with its number, and then nothing has changed.
  package mutating func append(_ record: [UInt8]) throws(LogError) -> AppendedEvent {
    let sequence = frontier.size + 1
    let owner: LedgerID
    let read: Event
    do throws(RecordError) {
      if let ledger { owner = ledger } else { owner = try RecordCodec.ledger(of: record.span) }
      read = try RecordCodec.decodeStrict(record.span, ledger: owner, version: 1)
    } catch {
      throw .unreadable(sequence: sequence, reason: error.description)
    }
    guard read.sequence == sequence else {
      throw .unreadable(sequence: sequence, reason: "its record says that it is number \(read.sequence)")
    }
    guard time.map({ $0 <= read.time }) ?? true else {
      throw .unreadable(sequence: sequence, reason: "it is earlier than the event before it")
    }
    let version = versions[read.stream, default: 0] + 1
    let event = Event(
      sequence: sequence, stream: read.stream, version: version, time: read.time, actor: read.actor, data: read.data,
      marks: read.marks)
    let appended = AppendedEvent(event: event, record: record, leafHash: MerkleTree.leafHash(record))
    ledger = owner
    versions[event.stream] = version
    time = event.time
    frontier.append(appended.leafHash)
    return appended
  }
}
