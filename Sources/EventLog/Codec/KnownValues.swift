import Formats
import KeyLedger

/// The values that stand in one record after another.
struct KnownValues: Sendable {
  var ledgers: Recurring<LedgerID>
  var actors: Recurring<Actor>
  var environments: Recurring<Slug>
  var scopes: Recurring<Scope>
  var descriptions: Recurring<String>

  /// Nothing is kept: for a record alone.
  static func none() -> KnownValues {
    KnownValues(
      ledgers: Recurring(), actors: Recurring(), environments: Recurring(), scopes: Recurring(),
      descriptions: Recurring())
  }

  /// What a ledger has in use at a time; about 100 KB.
  static func remembering() -> KnownValues {
    KnownValues(
      ledgers: Recurring(places: 2), actors: Recurring(places: 256), environments: Recurring(places: 256),
      scopes: Recurring(places: 1_024), descriptions: Recurring(places: 256))
  }
}
