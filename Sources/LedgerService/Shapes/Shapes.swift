package import Formats
package import KeyLedger

/// Answers as JSON, as contract §3 lays them down, members in its order: what the command line prints and HTTP sends.
///
/// One instance for one moment. Names of users are joined here, when they are read.
package struct Shapes {
  package let moment: Moment
  private let names: Names
  /// Whether users are shown with their handles: to other users, not to keys.
  private let showsNames: Bool
  let ledgerID: LedgerID
  /// What publishable keys may read.
  let ledger: LedgerState?
  let queries: Queries

  /// What was added to the catalogue later than the moment does not count.
  package init(_ queries: Queries, at moment: Moment, showsNames: Bool = true) throws(Refusal) {
    self.showsNames = showsNames
    self.moment = moment
    self.queries = queries
    names = queries.names
    ledgerID = queries.ledgerID
    // Before the founding there is nothing that could be shown with it: lists are empty.
    ledger = moment.sequence == 0 ? nil : try queries.ledger(at: moment)
  }

  /// To tell an outcome by: its writer knew all that belongs to its moment. Names alone are read, where it shows one, and
  /// as they are known at the head.
  package init(_ queries: Queries, telling outcome: Outcome, showsNames: Bool = true) throws(Refusal) {
    self.showsNames = showsNames
    moment = outcome.asOf
    self.queries = queries
    names = queries.names
    ledgerID = queries.ledgerID
    ledger = outcome.ledger
    if case .user = outcome.answer { _ = try queries.moment() }
  }

  /// The sequence and time that an answer rests on; says so where it rests on history that was recorded later.
  package var asOf: JSON {
    let place = JSON.members(["sequence": .number(moment.sequence), "time": .time(moment.time)])
    return moment.restsOnBackfill ? place.adding("backfilled", .bool(true)) : place
  }

  /// A list with what it rests on: `{"keys":[…],"as_of":{…}}`.
  package func list(_ name: String, _ elements: [JSON]) -> JSON {
    .members([name: .array(elements), "as_of": asOf])
  }

  /// One thing that was read: bare, but as of the past it says what it rests on.
  package func shown(_ thing: JSON) -> JSON { moment.isPast ? thing.adding("as_of", asOf) : thing }

  /// A record as it is stored. Traps for bytes that are none.
  package static func record(_ bytes: [UInt8]) -> JSON {
    guard let record = try? JSON(parsing: bytes) else { preconditionFailure("a record that is no JSON") }
    return record
  }

  /// How an actor is shown beside its id; nil where it has no name, or none is to be shown.
  func name(of actor: Actor) -> String? { showsNames ? names.name(of: actor) : nil }

  func handle(of user: UserState) -> HandleState { names.handle(of: user) }

  package func newestKey(of integration: IntegrationState, in environment: Slug) throws(Refusal) -> KeyID {
    try queries.newestKey(of: integration, in: environment, at: moment)
  }
}

// Short ways to write what stands in every shape.
extension JSON {
  /// Numbers of events and versions stay far below 2^53.
  static func number(_ value: UInt64) -> JSON { .integer(Int64(value)) }

  static func time(_ time: Instant?) -> JSON {
    time.map { .string(RFC3339.format(milliseconds: $0.milliseconds)) } ?? .null
  }

  /// The text of an id, a slug or an actor; null for none.
  static func text(_ value: (some CustomStringConvertible)?) -> JSON { value.map { .string($0.description) } ?? .null }

  /// An object with its members in the order in which they are written.
  static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
    .object(members.map { JSONMember($0.key, $0.value) })
  }

  static func scope(_ scope: Scope) -> JSON {
    switch scope {
    case .everything: .array([.string("*")])
    case .permissions(let list): .array(list.map { .string($0.description) })
    }
  }

  /// The same object with one more member at its end.
  package func adding(_ name: String, _ value: JSON) -> JSON {
    guard case .object(let members) = self else { preconditionFailure("only an object takes members") }
    return .object(members + [JSONMember(name, value)])
  }
}
