import EventLog
import KeyLedger
import Vault

/// A sealed secret that an event ends, at once or at a time.
struct Ending: Hashable {
  let owner: String
  let kind: String
  /// Nil: with the event itself.
  let at: Instant?

  /// Before every time that a clock may show: due at once, whatever it does meanwhile.
  static let atOnce = Instant(milliseconds: 0)
}

extension Draft {
  /// What of the vault this event ends.
  var ending: Ending? {
    switch (stream, data) {
    case (.key(_, let id), .keyRotated(let grace, let expiresAt, _)):
      Ending(owner: id.description, kind: VaultKind.key, at: grace == .now ? nil : expiresAt)
    case (.key(_, let id), .graceChanged(let grace, _, let after)):
      Ending(owner: id.description, kind: VaultKind.key, at: grace == .now ? nil : after)
    case (.key(_, let id), .keyRevoked), (.key(_, let id), .keyRemoved):
      Ending(owner: id.description, kind: VaultKind.key, at: nil)
    case (.environment(let id), .clientSecuritySecretRotated(let signing)):
      Ending(owner: id.text, kind: VaultKind.signing(signing.generation - 1), at: nil)
    case (.user(let id), .userForgotten): Ending(owner: id.description, kind: VaultKind.handle, at: nil)
    default: nil
    }
  }
}

/// What the log says of a row of the vault.
enum RowVerdict: Equatable {
  case live
  /// Its key ended, its user was forgotten, its signing secret was rotated away.
  case ended
  /// No event ever spoke of it: a crash came between the vault's commit and the ledger's.
  case orphan
}

/// Judges rows of the vault by the log alone, under its write lock.
struct RowJudge {
  let log: any LogReader
  let now: Instant

  func verdict(owner: String, kind: String, _ set: inout WorkingSet) throws -> RowVerdict {
    if kind == VaultKind.key, let id = KeyID(owner) {
      guard let key = try set.key(id, log) else { return .orphan }
      return key.status(at: now).isValid ? .live : .ended
    }
    if kind == VaultKind.handle, let id = UserID(owner) {
      guard let user = try set.user(id, log) else { return .orphan }
      return user.forgotten ? .ended : .live
    }
    if let environment = Slug(owner), let state = try set.environment(environment, log),
      let generation = generation(of: kind), generation <= state.signing.generation
    {
      return generation == state.signing.generation ? .live : .ended
    }
    return .orphan
  }

  private func generation(of kind: String) -> UInt64? {
    let prefix = VaultKind.signing(0).utf8.dropLast()
    guard kind.utf8.starts(with: prefix) else { return nil }
    return String(kind.utf8.dropFirst(prefix.count)).flatMap { UInt64($0) }
  }
}
