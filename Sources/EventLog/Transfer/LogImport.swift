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
    let check = CheckpointCheck(ledger: ledger, kept: kept)
    return try SQLiteLog.create(path: path, ledger: ledger) { picture in
      var chain = RecordChain()
      var line: LogExport.Line? = first
      while let present = line {
        let record = try bytes(of: present, number: chain.frontier.size + 1)
        try picture.insert(try chained(record, &chain, picture))
        try check.pass(chain.frontier)
        progress(chain.frontier.size)
        line = try next()
      }
      try check.finish(chain.frontier)
      return Outcome(ledger: ledger, size: chain.frontier.size, root: chain.frontier.root)
    }
  }

  private static func chained(
    _ record: [UInt8], _ chain: inout RecordChain, _ picture: SQLitePicture
  ) throws -> AppendedEvent {
    do throws(LogError) {
      return try chain.append(record) { stream throws(LogError) in try picture.version(of: stream) + 1 }
    } catch .unreadable(let number, let reason) {
      throw Fault.line(number, reason: reason)
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

  private static func bytes(of line: LogExport.Line, number: UInt64) throws(Fault) -> [UInt8] {
    switch line {
    case .record(let bytes): return bytes
    case .tooLong: throw .line(number, reason: "longer than a record may be")
    case .cutOff: throw .line(number, reason: "it does not end with a line end: the file was cut off")
    }
  }
}

/// Whether what comes in is the log of a checkpoint that was kept.
private struct CheckpointCheck {
  let ledger: LedgerID
  let kept: Checkpoint?

  /// Behind each event.
  func pass(_ frontier: Frontier) throws(LogImport.Fault) {
    if let kept, kept.size == frontier.size { try compare(kept, frontier) }
  }

  /// At the end: whether it is long enough, and whose it is.
  func finish(_ frontier: Frontier) throws(LogImport.Fault) {
    guard let kept else { return }
    guard kept.size <= frontier.size else {
      throw .otherLog("the checkpoint knows \(kept.size) events, and the file has \(frontier.size)")
    }
    if kept.size == 0 { try compare(kept, frontier) }
  }

  private func compare(_ kept: Checkpoint, _ frontier: Frontier) throws(LogImport.Fault) {
    let origin = Checkpoint.origin(ledger: ledger.description)
    guard kept.origin.utf8.elementsEqual(origin.utf8) else {
      throw .otherLog("the checkpoint is of another log, and this one is \(origin)")
    }
    guard kept.size == 0 || kept.root == frontier.root else {
      throw .otherLog("its first \(kept.size) events are not those of the checkpoint")
    }
  }
}
