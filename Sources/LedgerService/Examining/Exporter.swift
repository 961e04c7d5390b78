import EventLog
package import KeyLedger

/// The log of a data directory as its export.
package struct Exporter {
  /// The events that there were when it was opened.
  package let size: UInt64
  private let log: SQLiteLog

  package init(_ directory: LedgerDirectory) throws(Refusal) {
    try directory.checkPresence()
    do {
      log = try SQLiteLog(path: directory.ledger, mode: .readOnly)
      size = try log.read { try $0.head().size }
    } catch {
      throw Refusal(translating: error)
    }
  }

  /// Hands `write` the lines, some at a time, with how many events are done.
  package func run(_ write: (_ lines: [UInt8], _ done: UInt64) throws(Refusal) -> Void) throws(Refusal) {
    do {
      try LogExport.lines(of: log, through: size, write)
    } catch {
      throw Refusal(translating: error)
    }
  }
}
