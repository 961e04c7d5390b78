public import KeyLedger

extension Queries {
  /// A page of the access journal, newest first: what happened up to the moment. `not_found` for an environment that was
  /// not there, `bad_usage` for an outcome that none can be. Cost: at most a walk over the journal, some 50 ms.
  public func access(_ filter: AccessFilter, at moment: Moment) throws(Refusal) -> AccessPage {
    let environment = try self.environment(filter.environment, at: moment).id
    let key = try filter.key.map { (text) throws(Refusal) in
      guard let id = KeyID(text) else { throw Queries.noSuchKey }
      return id
    }
    let outcome = try filter.outcome.map { (text) throws(Refusal) in
      guard let outcome = VerificationOutcome(rawValue: text) else {
        let words = VerificationOutcome.allCases.map(\.rawValue).joined(separator: ", ")
        throw Refusal(.badUsage, "There is no such outcome; they are \(words).", field: "outcome")
      }
      return outcome
    }
    var until = filter.until
    if moment.isPast { until = min(until ?? .distantFuture, moment.time.advanced(by: 1)) }
    return try journal.page(
      JournalQuery(
        environment: environment, key: key, outcome: outcome, since: filter.since, until: until,
        before: filter.before, limit: filter.limit))
  }

  /// When each of these keys was last let in, and how often: as the service has counted since the journal began. Written
  /// within half a second of the use, or, where hundreds of keys are in use at once, within some ten.
  public func lastUses(of keys: [KeyID]) -> [LastUse] { journal.lastUses(of: keys) }

  func usedKeys() -> UsedKeys? { journal.usedKeys() }
}

extension Instant {
  static let distantFuture = Instant(milliseconds: .max)
}
