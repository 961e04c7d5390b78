import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// The log and what is asked of history as a whole.
enum HistoryRoutes {
  static let all = [
    Route(
      .get, "/v1/events",
      "The log in order: JSON, NDJSON (Accept: application/x-ndjson), or live as Server-Sent Events (Accept: text/event-stream)",
      query: [
        QueryField("after", .number(0), "only events with a greater number"),
        QueryField("limit", .limit, "how many, 1 to 1,000; 100 by default, all for NDJSON"),
        QueryField("environment", .text, "only of this environment and its keys"),
        QueryField("key", .text, "only of this key"),
        QueryField("type", .choice(EventFilter.types), "only of this type"),
        QueryField("actor", .text, "only by user:HANDLE_OR_ID, key:ID, operator:NAME or system"),
        QueryField("since", .text, "from this time on", shape: .time),
        QueryField("until", .text, "before this time", shape: .time), .at,
      ], .events),
    Route(
      .get, "/v1/timeline", "Events per day",
      query: [QueryField("environment", .text, "only of this environment"), .at],
      .read(.seeLedger, timeline)),
    Route(
      .get, "/v1/diff", "What changed between two points in history, key by key",
      query: [
        QueryField("from", .text, "the first point: a time, or an event's number", isRequired: true, shape: .point),
        QueryField("to", .text, "the second", isRequired: true, shape: .point),
        QueryField("environment", .text, "only of this environment"),
      ] + QueryField.paging, .read(.seeLedger, diff)),
    Route(
      .get, "/v1/could", "Which keys held a permission, or which users a role, at any moment between two times",
      query: [
        QueryField("permission", .text, "RESOURCE:read or RESOURCE:write", shape: .permission),
        QueryField("role", .choice(Role.allCases.map(\.rawValue)), "users instead of keys"),
        QueryField("environment", .text, "only keys of this environment"),
        QueryField("from", .text, "the first moment", isRequired: true, shape: .time),
        QueryField("to", .text, "the first moment that does not count", isRequired: true, shape: .time),
        .at,
      ] + QueryField.paging, .read(.seeLedger, could)),
  ]

  private static func timeline(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let days = try reading.queries.timeline(environment: call.query["environment"], at: reading.moment)
    return .json(reading.shapes.timeline(days))
  }

  /// A cursor's position is the first event of the last key that was shown.
  private static func page(_ call: Call) throws(Refusal) -> KeyPage {
    KeyPage(before: try call.cursor().map { UInt64($0.position) }, limit: try call.query.limit())
  }

  private static func diff(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let queries = reading.queries
    let diff = try queries.diff(
      from: try Point.parse(try call.needed("from"), now: call.now),
      to: try Point.parse(try call.needed("to"), now: call.now), environment: call.query["environment"],
      page: try page(call), at: reading.moment)
    let json = Shapes.diff(diff, from: try Shapes(queries, at: diff.from), to: try Shapes(queries, at: diff.to))
    return call.page(json, reading.moment, next: diff.next.map { Int($0) })
  }

  private static func could(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let from = try Point.time(try call.needed("from"), now: call.now)
    let to = try Point.time(try call.needed("to"), now: call.now)
    switch (call.query["permission"], try call.query.choice("role", as: Role.self)) {
    case (.some(let permission), nil):
      let (holdings, next) = try reading.queries.could(
        permission, environment: call.query["environment"], from: from, to: to, page: try page(call),
        at: reading.moment)
      return call.page(reading.shapes.could(holdings), reading.moment, next: next.map { Int($0) })
    case (nil, .some(let role)):
      guard call.query["environment"] == nil else {
        throw Refusal(.badUsage, "A role is one in the whole ledger: leave environment out.", field: "environment")
      }
      let holdings = try reading.queries.could(role: role, from: from, to: to, at: reading.moment)
      return call.page(reading.shapes.could(holdings), reading.moment, next: nil)
    case (nil, nil), (.some, .some):
      throw Refusal(.badUsage, "Give permission or role, one of them.", field: "permission")
    }
  }
}

extension Call {
  /// A parameter of the query that the route can't do without.
  fileprivate func needed(_ name: String) throws(Refusal) -> String {
    guard let text = query[name] else { throw Refusal(.badUsage, "\(name) is missing.", field: name) }
    return text
  }
}
