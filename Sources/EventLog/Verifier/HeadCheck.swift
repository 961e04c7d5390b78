import Transparency

/// The head's tree against the one computed from the records.
struct HeadCheck {
  private let head: LedgerFrame.Head?

  init(_ frame: LedgerFrame) { head = frame.head }

  /// Where the records are others than the head was made of, its frontier says among which: one of the events under a
  /// root that differs.
  func compare(with tree: ComputedTree, _ findings: inout Findings) throws {
    // What keeps the tree from being computed, and a head of another size, are findings of their own.
    guard let head, head.size <= tree.size, let computed = try tree.frontier(at: head.size) else { return }
    let differences = head.frontier.map { computed.differences(from: $0) } ?? []
    guard computed.root != head.root else {
      if !differences.isEmpty { findings.add(nil, "the head's frontier does not lead to its root") }
      return
    }
    guard !differences.isEmpty else { return findings.add(nil, "the head's root is not that of the events") }
    for index in differences {
      let leaves = computed.subtrees[index]
      let events = leaves.lowerBound + 1...leaves.upperBound
      // It follows from what was found there already.
      if findings.name(anyOf: events) { continue }
      let what =
        events.count == 1
        ? "event \(events.lowerBound) is not" : "one of events \(events.lowerBound) to \(events.upperBound) is not"
      findings.add(events, "\(what) what the head's tree was made of")
    }
  }
}
