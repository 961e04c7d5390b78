import Cryptography
import EventLog
import KeyLedger
import Projections

/// The keys of an environment after an event, removed ones included, newest first.
struct RememberedTable: Remembered {
  let environment: Slug
  let sequence: UInt64
  /// Of the tree over events 1 to `sequence`: which log it was, so that no other one's table is taken for it.
  let root: Digest
  let keys: ListedKeys

  /// A table that more keys have changed in than this is read anew.
  static let mostChanges = 1_000
}

extension Queries {
  /// The keys of an environment at the moment, removed ones included, newest first.
  ///
  /// They are remembered, so the next page of a long listing costs nothing here, and the present after a few changes costs
  /// the keys that they touched. Cost the first time: that of `keys`.
  func table(of environment: Slug, at moment: Moment) throws(Refusal) -> ListedKeys {
    var known = memory.tables.latest(of: environment, notAfter: moment.sequence)
    if let table = known, try root(at: table.sequence) != table.root { known = nil }
    let table =
      if let known, known.sequence == moment.sequence { known } else {
        RememberedTable(
          environment: environment, sequence: moment.sequence, root: try root(at: moment.sequence),
          keys: try keys(of: environment, at: moment, from: known))
      }
    memory.tables.keep(table)
    return table.keys
  }

  private func keys(
    of environment: Slug, at moment: Moment, from known: RememberedTable?
  ) throws(Refusal) -> ListedKeys {
    if let known, let brought = try keys(known, broughtTo: moment) { return brought }
    return ListedKeys(try keys(KeyFilter(environment: environment.text, includeRemoved: true), at: moment))
  }

  private func root(at sequence: UInt64) throws(Refusal) -> Digest {
    try read { try $0.root(at: sequence) }
  }

  /// Nil when too much has changed in between.
  private func keys(_ table: RememberedTable, broughtTo moment: Moment) throws(Refusal) -> ListedKeys? {
    let window = ChangeWindow(
      after: table.sequence, from: moment.time, through: moment.sequence, to: moment.time, catalogueChanged: false)
    let changed = Set(try tables.changedKeys(window, of: table.environment))
    if changed.isEmpty { return table.keys }
    guard changed.count <= RememberedTable.mostChanges else { return nil }
    let states = try read { log in
      try changed.compactMap { first -> KeyState? in
        guard let stream = try log.event(first)?.stream else { return nil }
        return KeyState.fold(try log.events(of: stream, through: moment.sequence))
      }
    }
    let others = table.keys.states.filter { !changed.contains($0.firstEvent) }
    return ListedKeys((others + states).sorted { $0.firstEvent > $1.firstEvent })
  }
}
