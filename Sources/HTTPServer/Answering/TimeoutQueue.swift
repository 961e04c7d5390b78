/// Who waits for what and since when. As each kind of wait has one length, each kind is a list in the order of the
/// deadlines, and every operation but growing is O(1). Knows no clock: times are nanoseconds of the caller's.
///
/// A slot is in at most one list. Slots are small numbers, as descriptors are.
struct TimeoutQueue {
  private struct Entry {
    var previous: Int32 = -1
    var next: Int32 = -1
    var wait: Wait?
    var since: UInt64 = 0
  }

  private struct List {
    var first: Int32 = -1
    var last: Int32 = -1
  }

  private let timeouts: HTTPTimeouts
  private var entries: [Entry] = []
  private var lists = [List](repeating: List(), count: Wait.all.count)

  init(_ timeouts: HTTPTimeouts) {
    self.timeouts = timeouts
  }

  /// The slot now waits for this since then, or for nothing. Of one kind, `since` never decreases from call to call.
  mutating func set(_ slot: Int32, _ wait: Wait?, since: UInt64) {
    let index = Int(slot)
    if index >= entries.count {
      guard wait != nil else { return }
      entries.append(contentsOf: repeatElement(Entry(), count: max(index + 1 - entries.count, entries.count)))
    }
    let before = entries[index]
    guard before.wait != wait || before.since != since else { return }
    if before.wait != nil { unlink(slot) }
    if let wait { append(slot, wait, since) }
  }

  /// A slot whose time is up at `now`. It stays until it is set to something else.
  func expired(at now: UInt64) -> (slot: Int32, wait: Wait)? {
    for wait in Wait.all {
      if let slot = longest(wait), now >= deadline(slot, wait) { return (slot, wait) }
    }
    return nil
  }

  /// When the next time is up.
  var nextDeadline: UInt64? {
    var earliest: UInt64?
    for wait in Wait.all {
      if let slot = longest(wait) { earliest = min(earliest ?? .max, deadline(slot, wait)) }
    }
    return earliest
  }

  /// The slot that has waited for this longest.
  func longest(_ wait: Wait) -> Int32? {
    let first = lists[wait.rawValue].first
    return first < 0 ? nil : first
  }

  private func deadline(_ slot: Int32, _ wait: Wait) -> UInt64 {
    let (deadline, overflowed) = entries[Int(slot)].since.addingReportingOverflow(timeouts[wait])
    return overflowed ? .max : deadline
  }

  private mutating func append(_ slot: Int32, _ wait: Wait, _ since: UInt64) {
    let last = lists[wait.rawValue].last
    entries[Int(slot)] = Entry(previous: last, next: -1, wait: wait, since: since)
    if last >= 0 {
      entries[Int(last)].next = slot
    } else {
      lists[wait.rawValue].first = slot
    }
    lists[wait.rawValue].last = slot
  }

  private mutating func unlink(_ slot: Int32) {
    let entry = entries[Int(slot)]
    guard let wait = entry.wait else { return }
    if entry.previous >= 0 {
      entries[Int(entry.previous)].next = entry.next
    } else {
      lists[wait.rawValue].first = entry.next
    }
    if entry.next >= 0 {
      entries[Int(entry.next)].previous = entry.previous
    } else {
      lists[wait.rawValue].last = entry.previous
    }
    entries[Int(slot)] = Entry()
  }
}
