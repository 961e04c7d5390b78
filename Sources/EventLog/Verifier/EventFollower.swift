package import KeyLedger

/// Whoever wants the events of a log that is verified, so that it need not be read and decoded a second time.
package protocol EventFollower: Sendable {
  /// How many of the log's first events it wants.
  var size: UInt64 { get }

  /// The next events, in their order. One thread at a time calls it, each time perhaps another.
  func follow(_ events: FollowedEvents)
}

/// A stretch of the log as it was decoded, with the data of each event as its record has them.
package struct FollowedEvents: Sendable {
  package private(set) var events: [Event] = []
  /// Why it ends before the stretch does; nothing follows then.
  package private(set) var failure: LogError?
  /// The number of the event that would be the next one.
  private var next: UInt64
  private var data: [UInt8] = []
  /// Where the data of each event end.
  private var ends: [Int] = []

  /// - Parameter capacity: how many there will be, as far as one knows.
  package init(from first: UInt64, capacity: Int) {
    next = first
    events.reserveCapacity(capacity)
    ends.reserveCapacity(capacity)
  }

  /// The data of event number `index` of these.
  @_lifetime(borrow self)
  package func data(_ index: Int) -> Span<UInt8> {
    data.span.extracting((index == 0 ? 0 : ends[index - 1])..<ends[index])
  }

  /// Adds an event whose number is that of its place, unless one before it could not be added.
  package mutating func append(_ event: Event, data: Span<UInt8>) {
    guard failure == nil else { return }
    guard event.sequence == next else {
      return fail(next, "its record says that it is number \(event.sequence)")
    }
    events.append(event)
    unsafe data.withUnsafeBufferPointer { unsafe self.data.append(contentsOf: $0) }
    ends.append(self.data.count)
    next += 1
  }

  /// Ends it before event `sequence`.
  package mutating func fail(_ sequence: UInt64, _ reason: String) {
    failure = failure ?? .unreadable(sequence: sequence, reason: reason)
  }
}
