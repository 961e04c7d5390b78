import EventLog
public import KeyLedger

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

  /// Keeps the log's head in the rollback guard, durably: before a checkpoint or a proof leaves, which it does not where
  /// this throws. In a directory that can't be written, and of a restored ledger, nothing is kept and all leaves.
  func keepHead() throws(Refusal) {
    do {
      try shown.keep(log, durably: true)
    } catch GuardError.restored, GuardError.readOnly {
      return
    } catch {
      throw Refusal(translating: error)
    }
  }
}
