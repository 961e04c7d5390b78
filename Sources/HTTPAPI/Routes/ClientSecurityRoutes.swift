import HTTPServer
import KeyLedger
import LedgerService

enum ClientSecurityRoutes {
  private static let place = "/v1/environments/{environment}/client-security"

  static let all = [
    Route(.get, place, "Whether client-side security is enforced", query: [.at], .read(.seeLedger, show)),
    Route(
      .put, place, "Enforce or relax client-side security", body: [.required("enforced", .flag)],
      .change { (call) throws(Refusal) in
        let environment = call.segments[0]
        let isEnforced = call.body.flag("enforced") ?? false
        return call.request(
          isEnforced ? .enforceClientSecurity(environment: environment) : .relaxClientSecurity(environment: environment)
        )
      }),
    Route(
      .post, place + "/reveal", "Show the signing secret; the log will say so",
      .change { (call) throws(Refusal) in call.request(.revealSigningSecret(environment: call.segments[0])) }),
    Route(
      .post, place + "/rotate", "Replace the signing secret, which ends every customer token at once",
      .change { (call) throws(Refusal) in call.request(.rotateSigningSecret(environment: call.segments[0])) }),
  ]

  private static func show(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let environment = try reading.queries.environment(call.segments[0], at: reading.moment)
    return .json(reading.shapes.shown(reading.shapes.clientSecurity(environment)))
  }
}
