import Cryptography
import EventLog
import KeyLedger
import Projections
import Synchronization

/// The keys of an environment after an event, removed ones included, newest first.
struct RememberedTable: Sendable {
  let environment: Slug
  let sequence: UInt64
  /// Of the tree over events 1 to `sequence`: which log it was, so that no other one's table is taken for it.
  let root: Digest
  let keys: ListedKeys

  /// A table that more keys have changed in than this is read anew.
  static let mostChanges = 1_000
}

/// The tables that were asked for last, the latest first: for all who answer questions about one ledger. Any thread may ask.
final class TableMemory: Sendable {
  /// The present, and the moments of listings that go on.
  static let most = 4

  let timelines = TimelineMemory()
  private let tables = Mutex<[RememberedTable]>([])

  var count: Int { tables.withLock { $0.count } }

  /// The newest table of the environment that is no newer than this event.
  func latest(of environment: Slug, notAfter sequence: UInt64) -> RememberedTable? {
    tables.withLock { tables in
      tables.filter { $0.environment == environment && $0.sequence <= sequence }.max { $0.sequence < $1.sequence }
    }
  }

  /// Puts a table before all others; the last of too many goes.
  func keep(_ table: RememberedTable) {
    tables.withLock { tables in
      tables.removeAll { $0.environment == table.environment && $0.sequence == table.sequence }
      tables = [table] + tables.prefix(TableMemory.most - 1)
    }
  }
}

extension Queries {
  /// The keys of an environment at the moment, removed ones included, newest first.
  ///
  /// They are remembered, so the next page of a long listing costs nothing here, and the present after a few changes costs
  /// the keys that they touched. Cost the first time: that of `keys`.
  func table(of environment: Slug, at moment: Moment) throws(Refusal) -> ListedKeys {
    var known = memory.latest(of: environment, notAfter: moment.sequence)
    if let table = known, try root(at: table.sequence) != table.root { known = nil }
    let table =
      if let known, known.sequence == moment.sequence { known } else {
        RememberedTable(
          environment: environment, sequence: moment.sequence, root: try root(at: moment.sequence),
          keys: try keys(of: environment, at: moment, from: known))
      }
    memory.keep(table)
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
