/// Something in a log, or beside it, that is not as it must be.
package struct Finding: Equatable, Sendable {
  /// The events of which one at least is concerned; nil where none can be named.
  package let events: ClosedRange<UInt64>?
  package let what: String

  /// The event with which it begins: those before it are not concerned.
  package var sequence: UInt64? { events?.lowerBound }

  package init(_ events: ClosedRange<UInt64>?, _ what: String) {
    self.events = events
    self.what = what
  }
}

/// Findings in the order of the events, those that name none last. All are counted, the first ones kept.
package struct Findings: Sendable {
  /// How many of either kind are kept: enough to see what happened, and no list that a damaged disk could make endless.
  package static let limit = (ofEvents: 100, ofNone: 20)

  package private(set) var count = 0
  /// Those that name events, the earliest.
  private var ofEvents: [Finding] = []
  private var ofNone: [Finding] = []

  package init() {}

  package var list: [Finding] { ofEvents + ofNone }

  package var isEmpty: Bool { count == 0 }

  /// The first event that is not whole; nil where no finding names one.
  package var firstBad: UInt64? { ofEvents.first?.sequence }

  /// `what` is asked for only where it is kept.
  package mutating func add(_ events: ClosedRange<UInt64>?, _ what: @autoclosure () -> String) {
    count += 1
    guard let events else {
      if ofNone.count < Findings.limit.ofNone { ofNone.append(Finding(nil, what())) }
      return
    }
    let index = ofEvents.lastIndex { ($0.sequence ?? 0) <= events.lowerBound }.map { $0 + 1 } ?? 0
    guard index < Findings.limit.ofEvents else { return }
    ofEvents.insert(Finding(events, what()), at: index)
    if ofEvents.count > Findings.limit.ofEvents { ofEvents.removeLast() }
  }

  package mutating func add(_ sequence: UInt64, _ what: @autoclosure () -> String) { add(sequence...sequence, what()) }

  package mutating func add(_ others: Findings) {
    for finding in others.list { add(finding.events, finding.what) }
    count += others.count - others.list.count
  }

  /// Whether one is kept that names events among these.
  func name(anyOf events: ClosedRange<UInt64>) -> Bool {
    ofEvents.contains { $0.events?.overlaps(events) ?? false }
  }
}
