package import KeyLedger
package import Transparency

/// Takes the records of a log in their order, strictly, as they come from outside: each must decode, be canonical, be the
/// next one, of the same ledger, not earlier than the last, and what may stand where it stands.
package struct RecordChain {
  /// Whose records they are: what the first one says.
  package private(set) var ledger: LedgerID?
  package private(set) var frontier = Frontier()
  private var time: Instant?
  private var known = KnownValues.remembering()

  package init() {}

  /// The event of the next record. Throws `LogError.unreadable` with its number, and what `place` throws; then nothing has
  /// changed.
  ///
  /// - Parameter place: that of the next event in a stream, which no record carries.
  package mutating func append(
    _ record: [UInt8], place: (Stream) throws(LogError) -> UInt64
  ) throws(LogError) -> AppendedEvent {
    let sequence = frontier.size + 1
    let owner: LedgerID
    var one: [Event] = []
    do throws(RecordError) {
      if let ledger { owner = ledger } else { owner = try RecordCodec.ledger(of: record.span) }
      var writing = RecordCodec.Writing()
      try RecordCodec.read(
        record.span, ledger: owner, version: History.unknownVersion, .current, &known, &writing, to: &one)
    } catch {
      throw .unreadable(sequence: sequence, reason: error.description)
    }
    let read = one[0]
    guard read.sequence == sequence else {
      throw .unreadable(sequence: sequence, reason: "its record says that it is number \(read.sequence)")
    }
    guard time.map({ $0 <= read.time }) ?? true else {
      throw .unreadable(sequence: sequence, reason: "it is earlier than the event before it")
    }
    let event = Event(
      sequence: sequence, stream: read.stream, version: try place(read.stream), time: read.time, actor: read.actor,
      data: read.data, marks: read.marks)
    if let rule = History.brokenRule(event.data.type, sequence: sequence, version: event.version) {
      throw .unreadable(sequence: sequence, reason: rule)
    }
    let appended = AppendedEvent(event: event, record: record, leafHash: MerkleTree.leafHash(record))
    ledger = owner
    time = event.time
    frontier.append(appended.leafHash)
    return appended
  }
}
