import Formats
import HTTPServer
import KeyLedger
import LedgerService

enum IntegrationRoutes {
  static let all = [
    Route(
      .get, "/v1/environments/{environment}/integrations", "The integrations of an environment, newest first",
      query: [.at], .read(.seeLedger, list)),
    Route(
      .put, "/v1/environments/{environment}/integrations/{integration}",
      "Connect an integration; its key's secret is in the answer, this once", body: [.required("scope", .list)],
      .change { (call) throws(Refusal) in
        call.request(
          .connectIntegration(
            name: call.segments[1], environment: call.segments[0], scope: call.body.list("scope")))
      }),
    Route(
      .delete, "/v1/environments/{environment}/integrations/{integration}",
      "Disconnect an integration, which ends its keys at once",
      .change { (call) throws(Refusal) in
        call.request(.disconnectIntegration(name: call.segments[1], environment: call.segments[0]))
      }),
  ]

  private static func list(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let environment = try reading.queries.environment(call.segments[0], at: reading.moment).id
    var all: [JSON] = []
    for one in try reading.queries.integrations(environment: environment.text, at: reading.moment) {
      let newest = try reading.shapes.newestKey(of: one, in: environment)
      all.append(reading.shapes.integration(one, in: environment, newestKey: newest))
    }
    return .json(reading.shapes.list("integrations", all))
  }
}
