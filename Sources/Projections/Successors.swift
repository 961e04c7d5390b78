internal import EventLog
internal import KeyLedger

/// Which event follows each in its key's stream, over a stretch of the log: read beforehand, so that a version is
/// written once, with its end. Going back to write it costs a page in a random place for every event.
///
/// Only a help: whoever uses it compares, and puts right what was otherwise.
struct Successors {
  /// Events in a stretch: 16 bytes each.
  private static let limit: UInt64 = 1 << 20

  private let after: UInt64
  private var sequences: [UInt64] = []
  private var times: [Int64] = []

  /// An empty stretch.
  init(after: UInt64) { self.after = after }

  init(_ log: any EventLog, after: UInt64, through: UInt64) throws {
    self.after = after
    let count = Int(min(through - after, Successors.limit))
    sequences = Array(repeating: 0, count: count)
    times = Array(repeating: 0, count: count)
    var numbers = KeyNumbers()
    // The last event of each key so far.
    var last: [Int] = []
    try log.forEachPage(after: after, through: after + UInt64(count)) { page in
      for index in 0..<page.count {
        guard let (id, time) = RecordParts.keyAndTime(of: page.record(index)) else { continue }
        let sequence = page.after + UInt64(index) + 1
        let here = Int(sequence - after - 1)
        guard let number = numbers.find(id) else {
          numbers.append(id)
          last.append(here)
          continue
        }
        sequences[last[number]] = sequence
        times[last[number]] = time
        last[number] = here
      }
      return true
    }
  }

  /// The last event that it covers.
  var end: UInt64 { after + UInt64(sequences.count) }

  func successor(of sequence: UInt64) -> KeyVersion.Place? {
    guard sequence > after, sequence <= end else { return nil }
    let index = Int(sequence - after - 1)
    guard sequences[index] > 0 else { return nil }
    return KeyVersion.Place(sequence: sequences[index], time: Instant(milliseconds: times[index]))
  }
}
