import EventLog
public import KeyLedger

/// How many events happened on a day.
public struct DayCount: Sendable, Equatable {
  /// Its midnight, UTC.
  public let day: Instant
  public let events: Int
}

extension Queries {
  /// How many events there were on each day (UTC) up to the moment, the first day first; days without any are left out.
  ///
  /// - Parameter environment: only its own events and those of its keys; `not_found` when it was not there. Nil for all.
  ///
  /// From the log alone. Cost the first time: some 40 µs a day that has events; with an environment also 0.2 µs for each of
  /// its events. It is remembered: after a few events more it costs these.
  public func timeline(environment: String? = nil, at moment: Moment) throws(Refusal) -> [DayCount] {
    let place = try environment.map { (name) throws(Refusal) in try self.environment(name, at: moment).id }
    let timeline = try read { log in
      try known(place, broughtTo: moment.sequence, log) ?? counted(place, through: moment.sequence, log)
    }
    memory.timelines.keep(timeline)
    return timeline.days.filter { $0.events > 0 }.map { DayCount(day: $0.midnight, events: $0.events) }
  }

  /// What is remembered, of this log, and what has happened since; nil where counting anew is quicker.
  private func known(_ place: Slug?, broughtTo end: UInt64, _ log: any LogReader) throws -> RememberedTimeline? {
    guard var timeline = memory.timelines.latest(of: place, notAfter: end),
      end - timeline.sequence <= RememberedTimeline.mostEvents,
      try log.root(at: timeline.sequence) == timeline.root
    else { return nil }
    guard timeline.sequence < end else { return timeline }
    try log.eventsInOrder(after: timeline.sequence, through: end) { event, _ in
      timeline.add(event)
      return true
    }
    timeline.root = try log.root(at: timeline.sequence)
    return timeline
  }

  private func counted(_ place: Slug?, through end: UInt64, _ log: any LogReader) throws -> RememberedTimeline {
    let days = try Queries.days(through: end, log)
    var counts = [Int](repeating: 0, count: days.count)
    if let place {
      for sequence in try log.sequences(of: place, through: end) { counts[days.partition { $0.last < sequence }] += 1 }
    } else {
      for index in days.indices { counts[index] = Int(days[index].last - (index == 0 ? 0 : days[index - 1].last)) }
    }
    return RememberedTimeline(
      environment: place, sequence: end, root: try log.root(at: end),
      days: zip(days, counts).map { (midnight: $0.day, events: $1) })
  }

  /// The days that have events, each with the number of its last one. Times never decrease along the log, so a day is a
  /// stretch of it.
  private static func days(through end: UInt64, _ log: any LogReader) throws -> [(day: Instant, last: UInt64)] {
    var days: [(day: Instant, last: UInt64)] = []
    while let next = try log.event((days.last?.last ?? 0) + 1), next.sequence <= end {
      let midnight = next.time.midnight
      let last = try log.sequence(at: midnight.advanced(by: Instant.day - 1))
      days.append((midnight, min(last, end)))
    }
    return days
  }
}

extension Array {
  /// How many elements stand before the first for which `isBefore` is false, where it is true of a beginning of the array
  /// and false from there on. Cost: logarithmic.
  fileprivate func partition(_ isBefore: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
