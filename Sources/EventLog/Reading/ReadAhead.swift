/// The events `after`+1 … `through` of a log, page by page, as long as `body` wants more, read by a thread of its own
/// some pages ahead of `body`.
///
/// The thread hashes a page as well, unless `body` waits for it, and decodes it where that is asked for and it is far enough
/// ahead: so whichever of the two has less to do does more, and `hash()` and `decode` are called in `body` where they are
/// wanted. What reading throws comes out behind the pages before it. The thread and its connection are gone when this
/// returns.
package func readAhead(
  _ log: any EventLog, after: UInt64, through: UInt64, decoded: Bool = false,
  _ body: (inout RecordPage) throws -> Bool
) throws {
  let open = log.another()
  try Belt.run(Array(repeating: RecordPage(), count: pagesUnderWay)) { belt in
    try open().read { try load(belt, from: $0, after: after, through: through, decoded: decoded) }
  } _: {
    try body(&$0)
  }
}

/// Pages that are read ahead at most.
private let pagesUnderWay = 4

private func load(
  _ belt: Belt<RecordPage>, from reader: any LogReader, after: UInt64, through: UInt64, decoded: Bool
) throws {
  var decoder = RecordDecoder(ledger: reader.ledger, count: decoded ? .max : 0)
  var done = after
  while done < through, var page = belt.nextEmpty() {
    try reader.fill(&page, after: done, through: through)
    guard page.count > 0 else { return }
    done = page.last
    if belt.isTakerBusy { page.hash() }
    // What can't be read is met once more, and thrown, where it is wanted.
    if decoded, belt.isFarAhead { try? page.decode(&decoder) }
    belt.put(&page)
  }
}

extension EventLog {
  /// From so many events on a second thread is worth its start and its connection, some milliseconds.
  private static var manyEvents: UInt64 { 20_000 }

  /// The events `after`+1 … `through` page by page, as long as `body` wants more; where there are many, read ahead by
  /// another thread. The log is append-only, so up to a number that it had, every picture of it is the same.
  ///
  /// - Parameter decoded: whether the events will be wanted.
  package func forEachPage(
    after: UInt64, through: UInt64, decoded: Bool = false, _ body: (inout RecordPage) throws -> Bool
  ) throws {
    guard through > after, through - after >= Self.manyEvents else {
      return try read { try $0.forEachPage(after: after, through: through, body) }
    }
    try readAhead(self, after: after, through: through, decoded: decoded, body)
  }
}
