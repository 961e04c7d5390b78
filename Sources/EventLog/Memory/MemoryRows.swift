import Cryptography
import KeyLedger
import Transparency

/// The events of a log in memory, with what is found by.
struct MemoryRows {
  struct Row {
    let stream: Stream
    let version: UInt64
    let time: Instant
    let record: [UInt8]
    let leafHash: Digest
  }

  private(set) var rows: [Row] = []
  /// The numbers of each stream's events.
  private(set) var streams: [Stream: [UInt64]] = [:]
  private(set) var head = LogHead(frontier: Frontier())

  subscript(_ sequence: UInt64) -> Row { rows[Int(sequence) - 1] }

  mutating func append(_ events: [AppendedEvent]) {
    var frontier = head.frontier
    for appended in events {
      let event = appended.event
      frontier.append(appended.leafHash)
      precondition(frontier.size == event.sequence, "an event out of order")
      streams[event.stream, default: []].append(event.sequence)
      rows.append(
        Row(
          stream: event.stream, version: event.version, time: event.time, record: appended.record,
          leafHash: appended.leafHash))
    }
    head = LogHead(frontier: frontier)
  }

  /// Back to what it was at that head.
  mutating func truncate(to head: LogHead) {
    while rows.count > head.size {
      let row = rows.removeLast()
      streams[row.stream]?.removeLast()
      if streams[row.stream]?.isEmpty == true { streams[row.stream] = nil }
    }
    self.head = head
  }
}
