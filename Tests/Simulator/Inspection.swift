import Cryptography
import EventLog
import KeyLedger
import LedgerService

/// What must hold after whatever happened, on a disk that is well.
struct Inspection {
  let directory: LedgerDirectory
  let clock: WildClock
  let world: World

  /// Acknowledged ⊆ log, log extends what it was, and none of what was refused is in it.
  func log() throws {
    let log = try SQLiteLog(path: directory.ledger, mode: .readOnly)
    try log.read { log in
      let size = try log.head().size
      if let last = world.records.keys.max(), last > size {
        throw Fault("the log ends with event \(size), and event \(last) was there")
      }
      try log.eventsInOrder(after: 0, through: size) { event, record in
        try world.see(number: event.sequence, record: (0..<record.count).map { record[$0] })
        if let mark = event.marks.idempotency?.key, world.refused.contains(mark) {
          throw Fault("event \(event.sequence) is of a command that was refused")
        }
        return true
      }
    }
  }

  /// The root recomputes, every view is what a fresh fold makes, the vault follows the log, nothing is restored.
  func verification() throws {
    let report = try LedgerExamination(kept: nil, clock: clock, progress: { _, _ in })
      .ledger(of: directory, logOnly: false)
    guard report.log.isWhole else { throw Fault("verify finds: \(report.log.findings)") }
    if let note = report.notes.first(where: { $0.contains("restored") }) { throw Fault("verify says: \(note)") }
  }

  /// Every read agrees with what everybody was told: the table from the views, from the log alone, and at the gate.
  func reads() throws {
    let known = world.keys.map(\.state).sorted { $0.firstEvent > $1.firstEvent }
    for source in [Queries.Source.views, .replay] {
      let queries = try Queries(directory, clock: clock, source: source)
      let listed = try queries.keys(KeyFilter(includeRemoved: true), at: try queries.moment())
      guard listed != known else { continue }
      for key in known where !listed.contains(key) {
        throw Fault("\(source): key \(key.id) is \(String(describing: listed.first { $0.id == key.id })), not \(key)")
      }
      throw Fault("\(source): \(listed.count) keys are listed, and \(known.count) are known")
    }
    try gate(try Gatekeeper(directory, clock: clock))
  }

  /// A key is let in exactly when it is valid.
  func gate(_ gatekeeper: Gatekeeper) throws {
    let now = try Queries(directory, clock: clock).moment().time
    for key in world.keys {
      guard let secret = key.secret else { continue }
      let outcome = try gatekeeper.answer(GateQuestion(secret)).outcome
      // Without a customer's token a publishable key may be refused for that alone.
      let isRight =
        key.state.status(at: now).isValid
        ? outcome == .valid || (outcome == .customerTokenRequired && key.state.kind == .publishable)
        : [.removed, .revoked, .expired].contains(outcome)
      guard isRight else { throw Fault("the gate says \(outcome) of key \(key.state.id), \(key.state)") }
    }
  }
}
