import EventLog
import KeyLedger
import Transparency

// A ledger that has lost, or may have lost, what it has shown takes one command: to be accepted as it is.
extension CommandExecution {
  func refuseIfRestored(_ command: Command) throws(Refusal) {
    guard case .restored(let reason) = guardState else { return }
    if case .acceptRestored = command { return }
    throw .restored(reason)
  }

  /// What is there and what was shown; nil for a ledger that is whole.
  func restoration() throws -> (held: TreeHead, shown: TreeHead?)? {
    guard case .restored(let reason) = guardState else { return nil }
    let head = try log.head()
    let shown = reason.shown.map { TreeHead(size: $0.size, root: Hash256($0.root)) }
    return (TreeHead(size: head.size, root: Hash256(head.root)), shown)
  }
}

extension EventData {
  var isRestoration: Bool { if case .ledgerRestored = self { true } else { false } }
}
