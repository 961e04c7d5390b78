package import Cryptography
package import KeyLedger
package import Transparency

/// Makes a ledger's file from the lines of an export, each verified before it goes in.
package enum LogImport {
  package struct Outcome: Sendable {
    package let ledger: LedgerID
    package let size: UInt64
    package let root: Digest
  }

  /// What in the lines keeps them from being a log.
  package enum Fault: Error, Equatable, Sendable {
    case empty
    /// A line that is no record, or not the one that belongs there.
    case line(UInt64, reason: String)
    /// It is not the log of the checkpoint.
    case otherLog(String)
  }

  /// In one transaction: whatever goes wrong, no event is there. Memory does not grow with the log. Throws `Fault`, what
  /// `next` throws, and `LogError`.
  ///
  /// - Parameters:
  ///   - path: where nothing must be yet.
  ///   - kept: a checkpoint of which the log must be an extension.
  ///   - next: gives the lines in order, nil at the end.
  package static func make(
    path: String, kept: Checkpoint?, progress: (UInt64) -> Void, next: () throws -> LogExport.Line?
  ) throws -> Outcome {
    guard let first = try next() else { throw Fault.empty }
    let ledger = try owner(first)
    var check = LineCheck(ledger: ledger, kept: kept)
    return try SQLiteLog.create(path: path, ledger: ledger) { picture in
      var line: LogExport.Line? = first
      while let present = line {
        let appended = try check.event(of: present) { try picture.version(of: $0) + 1 }
        try picture.insert(appended)
        progress(check.frontier.size)
        line = try next()
      }
      try check.finish()
      return Outcome(ledger: ledger, size: check.frontier.size, root: check.frontier.root)
    }
  }

  private static func owner(_ line: LogExport.Line) throws -> LedgerID {
    let record = try bytes(of: line, number: 1)
    do throws(RecordError) {
      return try RecordCodec.ledger(of: record.span)
    } catch {
      throw Fault.line(1, reason: "\(error)")
    }
  }

  fileprivate static func bytes(of line: LogExport.Line, number: UInt64) throws(Fault) -> [UInt8] {
    switch line {
    case .record(let bytes): return bytes
    case .tooLong: throw .line(number, reason: "longer than a record may be")
    case .cutOff: throw .line(number, reason: "it does not end with a line end: the file was cut off")
    }
  }
}

/// Judges line after line.
private struct LineCheck {
  let ledger: LedgerID
  let kept: Checkpoint?
  private(set) var frontier = Frontier()
  private var time: Instant?

  init(ledger: LedgerID, kept: Checkpoint?) {
    self.ledger = ledger
    self.kept = kept
  }

  /// The event of the next line. Throws `Fault`.
  mutating func event(of line: LogExport.Line, version: (Stream) throws -> UInt64) throws -> AppendedEvent {
    let number = frontier.size + 1
    let record = try LogImport.bytes(of: line, number: number)
    let event = try decode(record, number, version)
    guard event.sequence == number else {
      throw LogImport.Fault.line(number, reason: "its record says that it is number \(event.sequence)")
    }
    guard time.map({ $0 <= event.time }) ?? true else {
      throw LogImport.Fault.line(number, reason: "it is earlier than the event before it")
    }
    if let rule = History.brokenRule(event) { throw LogImport.Fault.line(number, reason: rule) }
    time = event.time
    let leaf = MerkleTree.leafHash(record)
    frontier.append(leaf)
    if let kept, kept.size == number { try compare(with: kept) }
    return AppendedEvent(event: event, record: record, leafHash: leaf)
  }

  private func decode(_ record: [UInt8], _ number: UInt64, _ version: (Stream) throws -> UInt64) throws -> Event {
    do {
      // Its place in its stream is known once its stream is.
      let stream = try RecordCodec.decodeStrict(record.span, ledger: ledger, version: 1).stream
      return try RecordCodec.decode(record.span, ledger: ledger, version: try version(stream))
    } catch let error as RecordError {
      throw LogImport.Fault.line(number, reason: "\(error)")
    }
  }

  /// At the end: whether it is long enough, and whose it is.
  func finish() throws {
    guard let kept else { return }
    guard kept.size <= frontier.size else {
      throw LogImport.Fault.otherLog("the checkpoint knows \(kept.size) events, and the file has \(frontier.size)")
    }
    if kept.size == 0 { try compare(with: kept) }
  }

  private func compare(with kept: Checkpoint) throws(LogImport.Fault) {
    let origin = Checkpoint.origin(ledger: ledger.description)
    guard kept.origin.utf8.elementsEqual(origin.utf8) else {
      throw .otherLog("the checkpoint is of another log, and this one is \(origin)")
    }
    guard kept.size == 0 || kept.root == frontier.root else {
      throw .otherLog("its first \(kept.size) events are not those of the checkpoint")
    }
  }
}
