import EventLog
import KeyLedger
import Projections
import Transparency

/// Answers from a fold of the log alone, for whoever trusts nothing that was kept beside it. The records are hashed on
/// the way: what was folded is what the log's own tree says.
final class ReplayedTables {
  private let log: any EventLog
  /// The last fold, kept because one question asks several times about one moment.
  private var folded: KeyTableFold?

  init(log: any EventLog) { self.log = log }

  func keys(of environment: Slug?, includingRemoved: Bool, at moment: Moment) throws(Refusal) -> [KeyState] {
    try fold(through: moment.sequence).keys(environment: environment, includingRemoved: includingRemoved)
  }

  func environment(of key: KeyID, at moment: Moment) throws(Refusal) -> Slug? {
    try fold(through: moment.sequence).key(key)?.environment
  }

  func key(fingerprint: Hash256, at moment: Moment) throws(Refusal) -> (environment: Slug, id: KeyID)? {
    try fold(through: moment.sequence).key(fingerprint: fingerprint).map { ($0.environment, $0.id) }
  }

  func activity(of key: KeyState, at moment: Moment) throws(Refusal) -> [ActivityEntry] {
    do {
      let events = try log.read { try $0.events(of: key.stream, through: moment.sequence) }
      return try events.compactMap { try ActivityEntry($0, ledger: log.ledger) }
    } catch {
      throw Refusal(translating: error)
    }
  }

  /// Two folds, compared key by key: nothing is assumed of what can change a key.
  func changedKeys(_ window: ChangeWindow, of environment: Slug?) throws(Refusal) -> [UInt64] {
    let before = try fold(through: window.after)
    return try fold(through: window.through).keys(environment: environment, includingRemoved: true).filter { key in
      guard let then = before.key(key.id), then.lastEvent == key.lastEvent else { return true }
      return key.kind == .publishable || then.status(at: window.from) != key.status(at: window.to)
    }.map(\.firstEvent)
  }

  /// All keys that began in time: what they held is not known here.
  func possibleHolders(_ window: HolderWindow, of environment: Slug?, at moment: Moment) throws(Refusal) -> [UInt64] {
    let before = window.before ?? .max
    let keys = try fold(through: moment.sequence).keys(environment: environment, includingRemoved: true)
    return Array(keys.lazy.map(\.firstEvent).filter { $0 <= window.through && $0 < before }.prefix(window.limit))
  }

  private func fold(through sequence: UInt64) throws(Refusal) -> KeyTableFold {
    if let folded, folded.sequence == sequence { return folded }
    var table = KeyTableFold()
    do {
      var frontier = Frontier()
      try replay(log, from: &frontier, through: sequence) { table.evolve($0) }
      guard frontier.size == sequence, try frontier.root == log.read({ try $0.root(at: sequence) }) else {
        throw LogError.damaged("events 1 to \(sequence) do not hash to the log's own tree; run `keyledger verify`")
      }
    } catch {
      throw Refusal(translating: error)
    }
    folded = table
    return table
  }
}
