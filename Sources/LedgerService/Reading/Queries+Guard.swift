import EventLog
public import KeyLedger
package import Transparency

extension Queries {
  /// The refusal that changes and verifications of this ledger meet; nil while it holds all that it has shown. Reads go
  /// on, and say so.
  public func restoration() throws(Refusal) -> Refusal? {
    if case .restored(let reason) = try guardState() { .restored(reason) } else { nil }
  }

  func refuseIfRestored() throws(Refusal) {
    if let refusal = try restoration() { throw refusal }
  }

  private func guardState() throws(Refusal) -> GuardState {
    _ = shown.look()
    return try read { try shown.state(of: $0) }
  }

  /// The checkpoint of events 1 to the moment's.
  ///
  /// Before it leaves, the log's head is kept as the newest that anyone was shown; where that fails it does not leave.
  /// Only a directory that can't be written, and a restored ledger, keep nothing, and then `isKept` says so.
  package func checkpoint(at moment: Moment) throws(Refusal) -> (checkpoint: Checkpoint, isKept: Bool) {
    let isKept = try keepHead()
    let root = try read { log in try treeHash(size: moment.sequence, reader: log) }
    let origin = Checkpoint.origin(ledger: ledgerID.description)
    return (Checkpoint(origin: origin, size: moment.sequence, root: root), isKept)
  }

  /// Keeps the log's head in the rollback guard, durably: before a checkpoint or a proof of this log leaves. False where
  /// none can be kept and all the same it may leave.
  package func keepHead() throws(Refusal) -> Bool {
    do {
      try shown.keep(log, durably: true)
      return true
    } catch GuardError.restored, GuardError.readOnly {
      return false
    } catch {
      throw Refusal(translating: error)
    }
  }
}
