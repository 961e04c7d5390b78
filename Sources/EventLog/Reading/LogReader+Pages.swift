package import KeyLedger

extension LogReader {
  /// The events `after`+1 … `through` (or the head), page by page, as long as `body` wants more. The page is the same
  /// one each time, filled anew.
  package func forEachPage(after: UInt64, through: UInt64, _ body: (inout RecordPage) throws -> Bool) throws {
    var page = RecordPage()
    var done = after
    while done < through {
      try fill(&page, after: done, through: through)
      guard page.count > 0, try body(&page) else { return }
      done = page.last
    }
  }

  /// The stored bytes of events `after`+1 … `through`, in order, as long as `body` wants more (returns true).
  package func records(after: UInt64, through: UInt64, _ body: (UInt64, Span<UInt8>) throws -> Bool) throws {
    try forEachPage(after: after, through: through) { page in
      for index in 0..<page.count {
        guard try body(page.after + UInt64(index) + 1, page.record(index)) else { return false }
      }
      return true
    }
  }

  /// Events `after`+1 … `through` (or the head), decoded, with their places in their streams and their stored bytes, as
  /// `records` gives those. Throws `unreadable` with the number of one that can't be decoded.
  package func eventsInOrder(after: UInt64, through: UInt64, _ body: (Event, Span<UInt8>) throws -> Bool) throws {
    var decoder = RecordDecoder(ledger: ledger, count: through > after ? through - after : 0)
    try forEachPage(after: after, through: through) { page in
      for index in 0..<page.count {
        guard try body(try decoder.event(index, of: page), page.record(index)) else { return false }
      }
      return true
    }
  }

  /// One event; nil beyond the head.
  package func event(_ sequence: UInt64) throws -> Event? {
    guard sequence > 0 else { return nil }
    var found: Event?
    try eventsInOrder(after: sequence - 1, through: sequence) { event, _ in
      found = event
      return true
    }
    return found
  }
}
