import Formats
package import KeyLedger

/// Events as bytes: CloudEvents 1.0 in JSON, canonical by RFC 8785, exactly as contract §2 lays it down.
///
/// What `decode` accepts, `encode` writes back byte for byte: there is one record for an event, and one event for a
/// record. Decoding asks for the members one by one in their canonical order and takes each value in the one form in which
/// encoding writes it, so that nobody need write a record again to know that it is canonical; tests do, for every byte of
/// the golden records.
package enum RecordCodec {
  package static let maximumBytes = 65_535

  /// The names of all event types.
  package static let types = EventType.allCases.map(\.name.description)

  /// The name of the type of an event with this data.
  package static func type(of data: EventData) -> String { data.type.name.description }

  /// The same, which is no object on the heap.
  package static func typeName(of data: EventData) -> StaticString { data.type.name }

  /// The record of an event. Its size is not judged here: names and descriptions are bounded by the domain, and who
  /// stores the record refuses one that is too large. Traps for an event that no ledger may hold: data in a stream of
  /// another kind, a scope that is not in its form, a number beyond 2^53 - 1, a time beyond the years 0000 to 9999.
  package static func encode(_ event: Event, ledger: LedgerID, upcasters: Upcasters = .current) -> [UInt8] {
    let version = upcasters.version(of: event.data.type)
    return encode(event, ledger: ledger, dataVersion: version, data: nil)
  }

  /// The event of a record that stands in a log.
  ///
  /// - Parameters:
  ///   - ledger: whose record it must be; nil for anybody's.
  ///   - version: its place in its stream, which no record carries.
  package static func decode(
    _ record: Span<UInt8>, ledger: LedgerID?, version: UInt64, upcasters: Upcasters = .current
  ) throws(RecordError) -> Event {
    var known = KnownValues.none()
    var writing = Writing()
    var events: [Event] = []
    try read(record, ledger: ledger, version: version, upcasters, &known, &writing, to: &events)
    return events[0]
  }

  /// Whose record it is.
  package static func ledger(of record: Span<UInt8>) throws(RecordError) -> LedgerID {
    var known = KnownValues.none()
    var writing = Writing()
    var events: [Event] = []
    try read(record, ledger: nil, version: 1, .current, &known, &writing, to: &events)
    return writing.ledger
  }
}
