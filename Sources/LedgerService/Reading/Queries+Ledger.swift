import EventLog
public import KeyLedger

// Small streams, folded from the log up to the moment: no view stands between it and the answer.
extension Queries {
  /// Plan and catalogue. `not_found` before the ledger was founded.
  public func ledger(at moment: Moment) throws(Refusal) -> LedgerState {
    let folded = try read { LedgerState.fold(try $0.events(of: .ledger, through: moment.sequence)) }
    guard let folded else { throw Refusal(.notFound, "The ledger was not founded yet at that moment.") }
    return folded
  }

  /// All that there were at the moment, newest first. Cost: proportional to their number, not to the log.
  public func environments(at moment: Moment) throws(Refusal) -> [EnvironmentState] {
    try read { log in
      try log.environments().compactMap { id in
        EnvironmentState.fold(try log.events(of: .environment(id), through: moment.sequence))
      }
    }.sorted { $0.provisioned.sequence > $1.provisioned.sequence }
  }

  /// `not_found` when there was none of that name at the moment.
  public func environment(_ name: String, at moment: Moment) throws(Refusal) -> EnvironmentState {
    let folded = try read { log in
      try Slug(name).flatMap { EnvironmentState.fold(try log.events(of: .environment($0), through: moment.sequence)) }
    }
    guard let folded else { throw Queries.noSuchEnvironment }
    return folded
  }

  static let noSuchEnvironment = Refusal(
    .notFound, "There is no such environment; the list of environments shows those there are.", field: "environment")

  /// All that were ever connected until the moment, newest first; `isConnected` says which still are.
  public func integrations(environment: String, at moment: Moment) throws(Refusal) -> [IntegrationState] {
    try self.environment(environment, at: moment).integrations.values
      .sorted { ($0.connected.sequence, $0.name) > ($1.connected.sequence, $1.name) }
  }

  /// The newest key that an integration had at the moment: the first, or what rotations made of it.
  public func newestKey(of integration: IntegrationState, in environment: Slug, at moment: Moment)
    throws(Refusal) -> KeyID
  {
    try read { log in
      var newest = integration.firstKey
      // Bounded by the number of events: each step is a rotation, and a key has one successor, made after it.
      for _ in 0..<moment.sequence {
        let key = KeyState.fold(try log.events(of: .key(environment, newest), through: moment.sequence))
        guard let successor = key?.successor else { break }
        newest = successor
      }
      return newest
    }
  }

  /// All that there were at the moment, newest first, removed and forgotten ones too. Cost: proportional to their
  /// number.
  public func users(at moment: Moment) throws(Refusal) -> [UserState] {
    try read { log in
      try log.users().compactMap { UserState.fold(try log.events(of: .user($0), through: moment.sequence)) }
    }.sorted { $0.added.sequence > $1.added.sequence }
  }

  /// One user, by handle or id. `not_found` when there was none at the moment.
  public func user(_ handleOrID: String, at moment: Moment) throws(Refusal) -> UserState {
    let id = try names.user(handleOrID)
    let folded = try read { log in
      try id.flatMap { UserState.fold(try log.events(of: .user($0), through: moment.sequence)) }
    }
    guard let folded else {
      throw Refusal(.notFound, "There is no such user; the list of users shows those there are.")
    }
    return folded
  }
}
