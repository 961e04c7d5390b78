import HTTPServer
import KeyLedger
import LedgerService

/// What permissions speak of, and what the account may do.
enum CatalogueRoutes {
  static let all = [
    Route(
      .get, "/v1/resources", "The resource types, newest first", query: [.at],
      .read(.seeLedger) { (reading, _) throws(Refusal) in
        .json(reading.shapes.list("resources", reading.shapes.resources))
      }),
    Route(
      .post, "/v1/resources", "Add a resource type",
      body: [.required("name", .text, .slug), .optional("client_readable", .flag), .optional("read_only", .flag)],
      success: .created,
      .change { (call) throws(Refusal) in
        call.request(
          .addResource(
            name: call.body.required("name"), clientReadable: call.body.flag("client_readable") ?? false,
            readOnly: call.body.flag("read_only") ?? false))
      }),
    Route(
      .get, "/v1/plan", "The plan", query: [.at],
      .read(.seeLedger) { (reading, _) throws(Refusal) in
        .json(reading.shapes.shown(reading.shapes.plan(try reading.queries.ledger(at: reading.moment))))
      }),
    Route(
      .put, "/v1/plan", "Change the plan", body: [.required("plan", .text, .choice(Plan.allCases.map(\.rawValue)))],
      .change(changePlan)),
  ]

  private static func changePlan(_ call: Call) throws(Refusal) -> Request {
    guard let plan = Plan.allCases.first(where: { sameBytes($0.rawValue, call.body.required("plan")) }) else {
      let words = Plan.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal(.badUsage, "plan is one of \(words).", field: "plan")
    }
    return call.request(.changePlan(plan))
  }
}
