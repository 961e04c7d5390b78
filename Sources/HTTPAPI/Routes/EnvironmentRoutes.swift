import Formats
import HTTPServer
import KeyLedger
import LedgerService

enum EnvironmentRoutes {
  static let all = [
    Route(.get, "/v1/environments", "The environments, newest first", query: [.at], .read(.seeLedger, list)),
    Route(
      .post, "/v1/environments", "Provision an environment with its two default keys",
      body: [.required("id", .text, .slug)],
      success: .created,
      .change { (call) throws(Refusal) in call.request(.provisionEnvironment(call.body.required("id"))) }),
    Route(
      .get, "/v1/environments/{environment}", "An environment", query: [.at], .read(.seeLedger, show)),
    Route(
      .post, "/v1/environments/{environment}/migrate",
      "Provision an environment whose default keys are the tokens of another system",
      body: [
        .optional("client_token"), .optional("client_token_sha256", .text, .digest), .optional("server_token"),
        .optional("server_token_sha256", .text, .digest), .optional("allow_weak", .flag),
      ],
      rule: BodyRule(
        needed: ["client_token", "client_token_sha256", "server_token", "server_token_sha256"],
        pairs: [["client_token", "client_token_sha256"], ["server_token", "server_token_sha256"]]),
      success: .created, mayChangeNothing: true, .change(migrate)),
    Route(
      .get, "/v1/environments/{environment}/access", "The access journal, newest first",
      query: [
        QueryField("key", .text, "only of this key"),
        QueryField("outcome", .choice(VerificationOutcome.allCases.map(\.rawValue)), "only of this outcome"),
        QueryField("since", .text, "from this time on", shape: .time),
        QueryField("until", .text, "before this time", shape: .time), .at,
      ] + QueryField.paging, .read(.seeLedger, access)),
  ]

  private static func list(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let all = try reading.queries.environments(at: reading.moment).map { reading.shapes.environment($0) }
    return .json(reading.shapes.list("environments", all))
  }

  private static func show(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let found = try reading.queries.environment(call.segments[0], at: reading.moment)
    return .json(reading.shapes.shown(reading.shapes.environment(found)))
  }

  private static func migrate(_ call: Call) throws(Refusal) -> Request {
    try call.migration(of: call.segments[0])
  }

  private static func access(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let limit = try call.query.limit()
    var filter = AccessFilter(
      environment: call.segments[0], key: call.query["key"], outcome: call.query["outcome"], limit: limit)
    filter.since = try call.query.time("since", now: call.now)
    filter.until = try call.query.time("until", now: call.now)
    filter.before = try call.cursor()?.position
    let page = try reading.queries.access(filter, at: reading.moment)
    let next = page.entries.count == limit ? page.entries.last.map { Int($0.number) } : nil
    return call.page(reading.shapes.access(page), reading.moment, next: next)
  }
}
