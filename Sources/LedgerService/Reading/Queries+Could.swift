import EventLog
public import KeyLedger
import Projections

/// A key that held a permission for a while.
public struct KeyHolding: Sendable, Equatable {
  /// As of the moment of the question.
  public let key: KeyState
  public let interval: Interval
}

/// A user who had a role for a while.
public struct UserHolding: Sendable, Equatable {
  /// As of the moment of the question.
  public let user: UserState
  public let interval: Interval
}

extension Queries {
  /// Which keys were valid and held a permission at any moment of a window, which its end does not belong to: the newest
  /// key first, its intervals in order, exact and not cut to the window. What follows from the log up to `horizon`: the
  /// end of a grace may lie ahead, and an interval that nothing has closed is open.
  ///
  /// The tables find keys, the events of each decide. Throws `unknown_resource` and `bad_scope` for a permission that
  /// there can't be, `bad_usage` for a window that is empty or begins after `horizon`, `not_found` for an environment
  /// that was not there. Cost: a look-up or two for each key that began before the window ended, and the stream of each
  /// that is found; a page stops when it has its keys.
  public func could(
    _ permission: String, environment: String? = nil, from: Instant, to: Instant, page: KeyPage = .whole,
    at horizon: Moment
  ) throws(Refusal) -> (holdings: [KeyHolding], next: UInt64?) {
    let ledger = try ledger(at: horizon)
    let asked = try ledger.permission(requested: permission)
    let place = try environment.map { (name) throws(Refusal) in try self.environment(name, at: horizon).id }
    var window = try window(asked, from: from, to: to, page, at: horizon)
    var (holdings, keys) = ([KeyHolding](), 0)
    while keys < page.limit {
      window.limit = min(KeyPage.batch, page.limit - keys)
      let batch = try tables.possibleHolders(window, of: place, at: horizon)
      let found = try read { log in
        try batch.map { first in
          try held(asked, byKeyBegunBy: first, ledger, log, horizon)
            .filter { $0.interval.overlaps(from: from, to: to) }
        }
      }
      holdings += found.joined()
      keys += found.count { !$0.isEmpty }
      guard batch.count == window.limit, let last = batch.last else { return (holdings, nil) }
      window.before = last
    }
    return (holdings, window.before)
  }

  /// Which users had a role at any moment of a window, likewise; the user added last first. Not paged: cost and answer
  /// are bounded by the number of users.
  public func could(role: Role, from: Instant, to: Instant, at horizon: Moment) throws(Refusal) -> [UserHolding] {
    try Queries.check(from: from, to: to, at: horizon)
    let users = try read { log in
      try log.users().compactMap { id -> (UserState, [Interval])? in
        let events = try log.events(of: .user(id), through: horizon.sequence)
        return UserState.fold(events).map { ($0, UserState.intervals(having: role, events)) }
      }
    }
    return users.sorted { $0.0.added.sequence > $1.0.added.sequence }.flatMap { user, intervals in
      intervals.filter { $0.overlaps(from: from, to: to) }.map { UserHolding(user: user, interval: $0) }
    }
  }

  private func held(
    _ permission: Permission, byKeyBegunBy first: UInt64, _ ledger: LedgerState, _ log: any LogReader,
    _ horizon: Moment
  ) throws -> [KeyHolding] {
    guard let event = try log.event(first), case .key = event.stream else { return [] }
    let events = try log.events(of: event.stream, through: horizon.sequence)
    guard let key = KeyState.fold(events) else { return [] }
    return KeyState.intervals(holding: permission, events, in: ledger).map { KeyHolding(key: key, interval: $0) }
  }

  private func window(
    _ permission: Permission, from: Instant, to: Instant, _ page: KeyPage, at horizon: Moment
  ) throws(Refusal) -> HolderWindow {
    try Queries.check(from: from, to: to, at: horizon)
    return try read { log in
      HolderWindow(
        permission: permission, after: min(try log.sequence(at: from), horizon.sequence), from: from,
        // Times are whole milliseconds: before a time is at or before the one that precedes it.
        through: min(try log.sequence(at: to.advanced(by: -1)), horizon.sequence), before: page.before, limit: 0)
    }
  }

  private static func check(from: Instant, to: Instant, at horizon: Moment) throws(Refusal) {
    guard from < to else {
      throw Refusal(
        .badUsage, "No moment lies between these times: from belongs to the window, to does not.", field: "from")
    }
    guard from <= horizon.time else {
      throw Refusal(.badUsage, "That is after now; the ledger knows only what has happened.", field: "from")
    }
  }
}
