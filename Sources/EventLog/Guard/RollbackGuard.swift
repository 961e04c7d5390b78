package import KeyLedger
package import Transparency

/// The newest checkpoint that anyone was shown, in the file `shown` (design §3): a ledger that does not hold it any more
/// has lost events that somebody has seen.
///
/// It is replaced only by a checkpoint that extends it, and only ever whole. Any number of processes may use it at once.
package struct RollbackGuard: Sendable {
  package let path: String
  package let ledger: LedgerID
  var file: GuardFile { GuardFile(path: path) }

  package init(path: String, ledger: LedgerID) {
    self.path = path
    self.ledger = ledger
  }

  /// The checkpoint of a log of this ledger at that head.
  package func checkpoint(at head: LogHead) -> Checkpoint {
    Checkpoint(origin: Checkpoint.origin(ledger: ledger.description), size: head.size, root: head.root)
  }

  // MARK: Reading

  /// What is kept, or what was found in its place. Bounded; never throws, as whatever can't be read is no guard.
  ///
  /// Read it *before* the picture of the log that it is held against: it is written after a commit, so that a newer log
  /// holds an older guard, while an older picture may well lack what a newer guard says.
  package func kept() -> Kept { interpret(file.read()) }

  package enum Kept: Equatable, Sendable {
    case checkpoint(Checkpoint)
    /// Nothing that guards this ledger, and what there is instead.
    case nothing(String)
  }

  func interpret(_ found: GuardFile.Found) -> Kept {
    guard let bytes = found.bytes else { return .nothing(found.fault) }
    let checkpoint: Checkpoint
    do throws(CheckpointError) {
      guard bytes.count <= GuardFile.byteLimit else { throw .tooLong }
      checkpoint = try Checkpoint.parse(bytes)
      // Nothing but what we write: signatures and further lines are somebody else's.
      guard checkpoint.text().utf8.elementsEqual(bytes) else { throw .notText }
    } catch {
      return .nothing("the rollback guard at \(path) is no checkpoint")
    }
    guard checkpoint.origin.utf8.elementsEqual(Checkpoint.origin(ledger: ledger.description).utf8) else {
      return .nothing("the rollback guard at \(path) is that of another ledger, \(checkpoint.origin)")
    }
    return .checkpoint(checkpoint)
  }

  /// Whether that picture of the log holds what was kept. Reads at most one tile of each level, and 255 records.
  package static func judge(_ kept: Kept, _ log: some LogReader) throws -> GuardState {
    guard case .checkpoint(let shown) = kept else {
      if case .nothing(let found) = kept { return .restored(.unguarded(found)) }
      preconditionFailure("a guard is kept or it is not")
    }
    let head = try log.head()
    guard shown.size <= head.size else { return .restored(.shorter(held: head.size, shown: shown)) }
    let root = shown.size == head.size ? head.root : try treeHash(size: shown.size, reader: log)
    return root == shown.root ? .whole : .restored(.contradicted(shown: shown))
  }

  /// The state of a ledger, by a picture of its log taken after the guard was read.
  package func state(of log: any EventLog) throws -> GuardState {
    let kept = kept()
    return try log.read { try RollbackGuard.judge(kept, $0) }
  }

  // MARK: Writing

  /// The first one, of a ledger that is being founded, durable. Throws `exists` when something is there.
  package func begin(at head: LogHead) throws(GuardError) {
    try file.replace(with: Array(checkpoint(at: head).text().utf8), exclusive: true)
    try file.syncDirectory()
  }

  /// Keeps the head of a ledger that was accepted as it is, whatever was shown before; durable. Under the log's write
  /// lock, which keeps out whoever accepts at the same time; all others find the ledger restored and write nothing.
  package func replace(underLock log: some LogWriter) throws {
    let newest = checkpoint(at: try log.head())
    try file.replace(with: Array(newest.text().utf8))
    try file.syncDirectory()
  }
}
