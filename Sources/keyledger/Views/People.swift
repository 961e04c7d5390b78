import KeyLedger
import LedgerService

/// Actors as people know them.
struct People {
  let name: (Actor) -> String?

  /// "ada@example.com" for a user whose handle is known, else the actor as the log names it.
  func shown(_ actor: String) -> String {
    guard let parsed = Actor(actor) else { return actor }
    return name(parsed) ?? actor
  }
}
