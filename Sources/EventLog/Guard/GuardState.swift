package import Transparency

/// Whether a ledger still holds all that it has shown to anyone.
package enum GuardState: Equatable, Sendable {
  case whole
  case restored(RestoredReason)
}

/// Why a ledger counts as restored: the revocations that it may have lost would be undone, so it verifies no key.
package enum RestoredReason: Equatable, Sendable {
  /// It ends before what was shown. An older ledger was put in place, or its end was cut off.
  case shorter(held: UInt64, shown: Checkpoint)
  /// It is long enough, and its beginning is another than the one that was shown.
  case contradicted(shown: Checkpoint)
  /// There is nothing to compare with. Says what was found in the guard's place.
  case unguarded(String)

  /// What was shown, as far as it is known.
  package var shown: Checkpoint? {
    switch self {
    case .shorter(_, let shown), .contradicted(let shown): shown
    case .unguarded: nil
    }
  }
}

extension RestoredReason: CustomStringConvertible {
  /// A clause without an end: "it holds 12 events, and 17 were shown".
  package var description: String {
    switch self {
    case .shorter(let held, let shown): "it holds \(held) events, and \(shown.size) were shown before"
    case .contradicted(let shown): "its first \(shown.size) events are not those that were shown before"
    case .unguarded(let found): found
    }
  }
}

/// What kept the guard from being written.
package enum GuardError: Error, Equatable, Sendable {
  /// The ledger is restored: what it would show is not written over what it has shown.
  case restored(RestoredReason)
  /// Another process was writing it for longer than we wait.
  case busy(path: String)
  case noSpace(path: String)
  /// Its directory can't be written.
  case readOnly(path: String)
  /// A founding found a file in its place.
  case exists(path: String)
  /// Any other failure, by its errno.
  case failed(path: String, systemError: Int32)
}
