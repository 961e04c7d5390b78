package import Formats
import KeyLedger

extension Shapes {
  /// What changed between two moments. Each key stands as it was at each: `from` and `to` are the shapes of then.
  ///
  /// - Parameter from: of the moment `diff.from`, `to` of `diff.to`.
  package static func diff(_ diff: KeyDiff, from: Shapes, to: Shapes) -> JSON {
    precondition(from.moment == diff.from && to.moment == diff.to, "shapes of another moment")
    return .members([
      "from": from.asOf, "to": to.asOf,
      "keys": .array(
        diff.keys.map { difference in
          .members([
            "key": .text(difference.after.id), "change": .string(difference.change.rawValue),
            "before": difference.before.map { from.key($0) } ?? .null, "after": to.key(difference.after),
            "events": .array(difference.events.map { .number($0) }),
          ])
        }),
    ])
  }

  /// Who could do something, and when. The keys stand as of the moment of the question.
  package func could(_ holdings: [KeyHolding]) -> JSON {
    list("could", holdings.map { holding("key", key($0.key), in: $0.key.environment, $0.interval) })
  }

  /// Who had a role: a user in the place of the key, in no environment.
  package func could(_ holdings: [UserHolding]) -> JSON {
    list("could", holdings.map { holding("user", user($0.user), in: nil, $0.interval) })
  }

  /// Events per day: `{"days":[{"day":"2026-11-22","events":7}],"as_of":{…}}`, the first day first.
  package func timeline(_ days: [DayCount]) -> JSON {
    list(
      "days",
      days.map { count in
        // RFC 3339 begins with the date.
        let day = String(RFC3339.format(milliseconds: count.day.milliseconds).prefix(10))
        return .members(["day": .string(day), "events": .integer(Int64(count.events))])
      })
  }

  private func holding(_ name: String, _ holder: JSON, in environment: Slug?, _ interval: Interval) -> JSON {
    JSON.object([JSONMember(name, holder)]).adding("environment", .text(environment))
      .adding("since", .time(interval.since)).adding("until", .time(interval.until))
      .adding("opened_by", .number(interval.openedBy)).adding("closed_by", closing(interval))
  }

  private func closing(_ interval: Interval) -> JSON {
    switch interval.closing {
    case nil: .null
    case .event(let sequence, _): .number(sequence)
    case .expiration(let time): .members(["expired": .time(time)])
    }
  }
}
