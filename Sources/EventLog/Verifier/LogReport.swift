package import Cryptography
package import KeyLedger
package import Transparency

/// What the verification of a log came to.
package struct LogReport: Sendable {
  /// Whose log it is, as its records say; nil when none of the first could be read.
  package let ledger: LedgerID?
  /// How many events were looked at: all that there were when it began.
  package let size: UInt64
  /// The Merkle root of those, from their records; nil when not every record could be read.
  package let root: Digest?
  /// The same of the events that were followed.
  package let followedRoot: Digest?
  package var findings: Findings
  /// What is no damage and may yet hide some. Sentences.
  package let remarks: [String]

  package var isWhole: Bool { findings.isEmpty }

  package init(
    ledger: LedgerID?, size: UInt64, root: Digest?, followedRoot: Digest? = nil, findings: Findings,
    remarks: [String] = []
  ) {
    self.ledger = ledger
    self.size = size
    self.root = root
    self.followedRoot = followedRoot
    self.findings = findings
    self.remarks = remarks
  }
}

/// A checkpoint that somebody kept, with what to call it in a finding.
package struct KeptCheckpoint: Sendable {
  package let checkpoint: Checkpoint
  package let name: String

  package init(_ checkpoint: Checkpoint, name: String) {
    self.checkpoint = checkpoint
    self.name = name
  }
}

extension KeptCheckpoint {
  /// Holds a log against what was kept: the same ledger, no shorter, and the same events up to there.
  ///
  /// - Parameter root: the log's root at a size; nil where a record before it could not be read, which is a finding of
  ///   its own.
  func compare(
    with ledger: LedgerID?, size: UInt64, root: (UInt64) throws -> Digest?, _ findings: inout Findings
  ) rethrows {
    if let ledger {
      let origin = Checkpoint.origin(ledger: ledger.description)
      guard checkpoint.origin.utf8.elementsEqual(origin.utf8) else {
        return findings.add(nil, "\(name) is of another log, and this one is \(origin)")
      }
    }
    guard checkpoint.size <= size else {
      return findings.add(size + 1, "\(name) knows \(checkpoint.size) events, and the log has \(size)")
    }
    guard let found = try root(checkpoint.size), found != checkpoint.root else { return }
    findings.add(nil, "the first \(checkpoint.size) events are not those of \(name): this is another log")
  }
}
