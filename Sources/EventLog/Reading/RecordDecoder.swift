package import KeyLedger

/// Decodes the records of one ledger one after the other, quicker than each alone: what stands in one after another
/// (authors, environments, scopes) is read once.
package struct RecordDecoder: Sendable {
  private let ledger: LedgerID
  private var known: KnownValues
  private var writing = RecordCodec.Writing()
  /// Where an event lies that is asked for alone.
  private var one: [Event] = []

  /// Where the data of the event decoded last lie within its record.
  package var data: Range<Int> { writing.data }

  /// From so many records on it pays to remember.
  private static let many: UInt64 = 64

  /// - Parameter count: how many records will be read, as far as one knows.
  package init(ledger: LedgerID, count: UInt64 = .max) {
    self.ledger = ledger
    known = count < RecordDecoder.many ? .none() : .remembering()
  }

  /// The event number `sequence`, as `RecordCodec.decode` gives it. Throws `unreadable` for what is no record, and for
  /// the record of another number.
  package mutating func event(
    _ record: Span<UInt8>, sequence: UInt64, version: UInt64
  ) throws(LogError) -> Event {
    var one: [Event] = []
    swap(&one, &self.one)
    defer { swap(&one, &self.one) }
    try read(record, sequence: sequence, version: version, to: &one)
    return one.removeLast()
  }

  /// An event of a page.
  package mutating func event(_ index: Int, of page: borrowing RecordPage) throws(LogError) -> Event {
    try event(page.record(index), sequence: page.after + UInt64(index) + 1, version: page.version(index))
  }

  /// Adds an event of a page to others; quicker than to be given it.
  package mutating func read(_ index: Int, of page: borrowing RecordPage, to events: inout [Event]) throws(LogError) {
    try read(page.record(index), sequence: page.after + UInt64(index) + 1, version: page.version(index), to: &events)
  }

  private mutating func read(
    _ record: Span<UInt8>, sequence: UInt64, version: UInt64, to events: inout [Event]
  ) throws(LogError) {
    do throws(RecordError) {
      try RecordCodec.read(record, ledger: ledger, version: version, .current, &known, &writing, to: &events)
    } catch {
      throw .unreadable(sequence: sequence, reason: error.description)
    }
    let found = events[events.count - 1].sequence
    guard found == sequence else {
      events.removeLast()
      throw .unreadable(sequence: sequence, reason: "its record says that it is number \(found)")
    }
  }
}
