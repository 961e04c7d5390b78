import EventLog
import Formats
import KeyLedger
import Projections

/// Where keys are found and listed: the views, or a fold of the log alone.
enum KeyTables {
  case views(ViewTables)
  case replay(ReplayedTables)

  /// The keys that there were at the moment, of one environment or all, newest first.
  func keys(of environment: Slug?, includingRemoved: Bool, at moment: Moment) throws(Refusal) -> [KeyState] {
    switch self {
    case .views(let tables): try tables.keys(of: environment, includingRemoved: includingRemoved, at: moment)
    case .replay(let tables): try tables.keys(of: environment, includingRemoved: includingRemoved, at: moment)
    }
  }

  /// The environment that a key is of; nil where it is not known.
  func environment(of key: KeyID, at moment: Moment) throws(Refusal) -> Slug? {
    switch self {
    case .views(let tables): try tables.environment(of: key)
    case .replay(let tables): try tables.environment(of: key, at: moment)
    }
  }

  /// The key whose secret has this SHA-256, as far as the tables know: to be confirmed by its events.
  func key(fingerprint: Hash256, at moment: Moment) throws(Refusal) -> (environment: Slug, id: KeyID)? {
    switch self {
    case .views(let tables): try tables.key(fingerprint: fingerprint)
    case .replay(let tables): try tables.key(fingerprint: fingerprint, at: moment)
    }
  }

  /// What happened to a key, in no order.
  func activity(of key: KeyState, at moment: Moment) throws(Refusal) -> [ActivityEntry] {
    switch self {
    case .views(let tables): try tables.activity(of: key, at: moment)
    case .replay(let tables): try tables.activity(of: key, at: moment)
    }
  }

  /// The keys that may look different at two moments, by the numbers of their first events, newest first: to be judged
  /// by their events.
  func changedKeys(_ window: ChangeWindow, of environment: Slug?) throws(Refusal) -> [UInt64] {
    switch self {
    case .views(let tables): try tables.changedKeys(window, of: environment)
    case .replay(let tables): try tables.changedKeys(window, of: environment)
    }
  }

  /// The keys that may have held a permission, likewise.
  func possibleHolders(_ window: HolderWindow, of environment: Slug?, at moment: Moment) throws(Refusal) -> [UInt64] {
    switch self {
    case .views(let tables): try tables.possibleHolders(window, of: environment)
    case .replay(let tables): try tables.possibleHolders(window, of: environment, at: moment)
    }
  }
}
