/// What must be true of every history, whoever decided what was in it, and shows in one event.
enum History {
  /// Of an event whose place in its stream nobody knows.
  static let unknownVersion: UInt64 = 0

  /// The rule that the event breaks; nil when it keeps them all.
  static func brokenRule(_ type: EventType, sequence: UInt64, version: UInt64) -> String? {
    let founds = type == .ledgerCreated
    guard founds == (sequence == 1) else {
      return founds ? "the ledger begins a second time" : "the first event does not begin the ledger"
    }
    guard version != unknownVersion else { return nil }
    guard begins(type) == (version == 1) else {
      return version == 1 ? "its stream does not begin with a beginning" : "its stream begins a second time"
    }
    return nil
  }

  /// Whether the thing whose stream it is begins with such an event, and no other.
  private static func begins(_ type: EventType) -> Bool {
    switch type {
    case .ledgerCreated, .userAdded, .environmentProvisioned, .keyCreated, .keyMigrated: true
    default: false
    }
  }
}
