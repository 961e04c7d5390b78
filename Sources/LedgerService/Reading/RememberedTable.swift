import EventLog
import KeyLedger
import Projections

/// The keys of an environment after an event, removed ones included, newest first.
struct RememberedTable {
  let environment: Slug
  let sequence: UInt64
  let keys: [KeyState]

  /// Tables that are remembered: the present, and the moment of a listing that goes on.
  static let most = 2
  /// A table that more keys have changed in than this is read anew.
  static let mostChanges = 1_000
}

extension Queries {
  /// The keys of an environment at the moment, removed ones included, newest first.
  ///
  /// It is remembered, so the next page of a long listing costs nothing here, and the present after a few changes costs
  /// the keys that they touched. Cost the first time: that of `keys`.
  func table(of environment: Slug, at moment: Moment) throws(Refusal) -> [KeyState] {
    let known = remembered.filter { $0.environment == environment && $0.sequence <= moment.sequence }
      .max { $0.sequence < $1.sequence }
    if let known, known.sequence == moment.sequence { return known.keys }
    let keys: [KeyState]
    if let known, let brought = try self.keys(known, broughtTo: moment) {
      keys = brought
      // What was brought on is needed no more; of the others the oldest goes.
      remembered.removeAll { $0.environment == environment && $0.sequence == known.sequence }
    } else {
      keys = try self.keys(KeyFilter(environment: environment.text, includeRemoved: true), at: moment)
    }
    let table = RememberedTable(environment: environment, sequence: moment.sequence, keys: keys)
    remembered = [table] + remembered.prefix(RememberedTable.most - 1)
    return keys
  }

  /// Nil when too much has changed in between.
  private func keys(_ table: RememberedTable, broughtTo moment: Moment) throws(Refusal) -> [KeyState]? {
    let window = ChangeWindow(
      after: table.sequence, from: moment.time, through: moment.sequence, to: moment.time, lookback: table.sequence,
      catalogueChanged: false)
    let changed = Set(try tables.changedKeys(window, of: table.environment))
    if changed.isEmpty { return table.keys }
    guard changed.count <= RememberedTable.mostChanges else { return nil }
    let states = try read { log in
      try changed.compactMap { first -> KeyState? in
        guard let stream = try log.event(first)?.stream else { return nil }
        return KeyState.fold(try log.events(of: stream, through: moment.sequence))
      }
    }
    return (table.keys.filter { !changed.contains($0.firstEvent) } + states).sorted { $0.firstEvent > $1.firstEvent }
  }
}
