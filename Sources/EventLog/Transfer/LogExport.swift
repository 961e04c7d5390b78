/// The records of a log as its export: in order, one a line, each exactly as it is stored.
package enum LogExport {
  /// A line of an export that is read again.
  package enum Line: Sendable {
    /// Without its LF.
    case record([UInt8])
    /// More bytes than a record may have.
    case tooLong
    /// The last one, which no LF ends.
    case cutOff
  }

  /// Records that one look at the log gives: none stands open while somebody writes what it gave.
  private static let pageEvents: UInt64 = 1_000

  /// Hands `write` the lines of the first `size` events, some at a time.
  package static func lines(
    of log: any EventLog, through size: UInt64, _ write: (_ lines: [UInt8], _ done: UInt64) throws -> Void
  ) throws {
    var done: UInt64 = 0
    while done < size {
      let through = min(done + pageEvents, size)
      var lines: [UInt8] = []
      try log.read { reader in
        try reader.records(after: done, through: through) { _, record in
          unsafe record.withUnsafeBufferPointer { unsafe lines.append(contentsOf: $0) }
          lines.append(UInt8(ascii: "\n"))
          return true
        }
      }
      done = through
      try write(lines, done)
    }
  }
}
