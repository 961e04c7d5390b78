import EventLog
import Formats
public import KeyLedger

/// An event as it is stored.
public struct StoredRecord: Sendable {
  public let sequence: UInt64
  public let type: String
  public let bytes: [UInt8]
}

extension Queries {
  /// The wanted records up to the moment, and the number of the last event that was looked at, to go on from there.
  ///
  /// - Parameter most: events that are looked at, wanted or not, unless they are a key's alone.
  public func records(_ filter: EventFilter, at moment: Moment, lookingAt most: UInt64 = .max) throws(Refusal) -> (
    records: [StoredRecord], end: UInt64
  ) {
    var records: [StoredRecord] = []
    let (bound, isBeyond) = filter.after.addingReportingOverflow(most)
    let through = filter.key == nil && !isBeyond ? min(moment.sequence, bound) : moment.sequence
    do {
      try events(filter, at: moment, through: through) { event, record in
        records.append(
          StoredRecord(
            sequence: event.sequence, type: RecordCodec.type(of: event.data), bytes: Array(copying: record)))
        return true
      }
    } catch {
      throw Refusal(translating: error)
    }
    let isFull = records.count == filter.limit
    return (records, isFull ? records.last?.sequence ?? filter.after : max(filter.after, through))
  }
}
