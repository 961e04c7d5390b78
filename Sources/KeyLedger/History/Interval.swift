/// A stretch of time in which something held: half-open, with the event that opened it and what closed it.
public struct Interval: Hashable, Sendable {
  public let since: Instant
  /// The number of the event from which on it held.
  public let openedBy: UInt64
  /// Nil while nothing has closed it.
  public let closing: Closing?

  /// What ended it, and when.
  public enum Closing: Hashable, Sendable {
    case event(UInt64, at: Instant)
    /// Time alone: the end of a grace period, which may lie ahead.
    case expiration(Instant)

    public var time: Instant {
      switch self {
      case .event(_, let time), .expiration(let time): time
      }
    }
  }

  public init(since: Instant, openedBy: UInt64, closing: Closing? = nil) {
    self.since = since
    self.openedBy = openedBy
    self.closing = closing
  }

  /// The first moment at which it held no longer.
  public var until: Instant? { closing?.time }

  public func contains(_ time: Instant) -> Bool { since <= time && !isOver(by: time) }

  /// Whether there is a moment that both have: `from` belongs to the window, `to` does not.
  public func overlaps(from: Instant, to: Instant) -> Bool { since < to && !isOver(by: from) }

  private func isOver(by time: Instant) -> Bool { until.map { $0 <= time } ?? false }

  /// What is left of it when it needed that event too; nil when it was over by then.
  public func following(_ event: Event.Place) -> Interval? {
    if event.sequence <= openedBy { return self }
    return isOver(by: event.time) ? nil : Interval(since: event.time, openedBy: event.sequence, closing: closing)
  }
}

/// Intervals as a fold over events: each says whether it holds from there on, and until when if no other event comes.
struct IntervalFold {
  private var closed: [Interval] = []
  private var opening: Event.Place?
  /// When time alone closes the one that is open.
  private var expiration: Instant?

  /// The next event. One that leaves everything as it was neither closes nor opens.
  mutating func add(_ event: Event.Place, holds: Bool, expires: Instant?) {
    if let expiration, expiration <= event.time { close(.expiration(expiration)) }
    if !holds {
      close(.event(event.sequence, at: event.time))
    } else if opening == nil {
      opening = event
    }
    expiration = holds ? expires : nil
  }

  /// All of them, in order.
  consuming func finish() -> [Interval] {
    if let expiration { close(.expiration(expiration)) }
    if let opening { closed.append(Interval(since: opening.time, openedBy: opening.sequence)) }
    return closed
  }

  /// Where nothing is open nothing is closed. What opened and closed in one millisecond held at no moment.
  private mutating func close(_ closing: Interval.Closing) {
    if let opening, opening.time < closing.time {
      closed.append(Interval(since: opening.time, openedBy: opening.sequence, closing: closing))
    }
    opening = nil
    expiration = nil
  }
}

extension KeyState {
  /// When a key was valid and held a permission: granted, implied by a write, or inherited. Client-side security is no
  /// part of it.
  ///
  /// - Parameters:
  ///   - events: the key's whole stream.
  ///   - ledger: with the catalogue; nobody held a permission before its resource was added.
  public static func intervals(
    holding permission: Permission, _ events: some Sequence<Event>, in ledger: LedgerState
  ) -> [Interval] {
    guard ledger.knows(permission), let added = ledger.added[permission.resource] else { return [] }
    var fold = IntervalFold()
    var state: KeyState?
    for event in events {
      if state == nil { state = KeyState(beginning: event) } else { state?.evolve(event) }
      guard let state else { continue }
      let holds = state.status(at: event.time).isValid && state.effectiveScope(in: ledger).holds(permission)
      fold.add(event.place, holds: holds, expires: state.expiresAt)
    }
    return fold.finish().compactMap { $0.following(added) }
  }
}

extension UserState {
  /// When a user had a role and was not removed. `events` is the user's whole stream.
  public static func intervals(having role: Role, _ events: some Sequence<Event>) -> [Interval] {
    var fold = IntervalFold()
    var state: UserState?
    for event in events {
      if state == nil { state = UserState(beginning: event) } else { state?.evolve(event) }
      guard let state else { continue }
      fold.add(event.place, holds: state.role == role && state.removed == nil, expires: nil)
    }
    return fold.finish()
  }
}
