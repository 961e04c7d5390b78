import HTTPServer
import KeyLedger
import LedgerService

/// Questions about a secret.
enum VerificationRoutes {
  static let all = [
    Route(
      .post, "/v1/verify", "Whether a secret is valid, and why",
      body: [
        .required("key"), .optional("permission", .text, .permission), .optional("environment"),
        .optional("customer_id"), .optional("customer_token"), .optional("at", .text, .point),
      ], .read(.verify, verify)),
    Route(
      .post, "/v1/whose", "Which key a secret is or was, given it or its SHA-256",
      body: [.optional("key"), .optional("fingerprint", .text, .fingerprint)],
      rule: BodyRule(needed: ["key", "fingerprint"], pairs: [["key", "fingerprint"]]), .read(.verify, whose)),
  ]

  private static func verify(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let body = call.body
    if let closure = call.house.keeper.index.closure { throw closure }
    let result = try reading.check(
      presenting: body.required("key"), permission: body.text("permission"), environment: body.text("environment"),
      customer: (body.text("customer_id"), body.text("customer_token")))
    if !reading.moment.isPast { note(result, reading.moment, call) }
    return .json(reading.shapes.check(result))
  }

  /// A verification is a use, or a refusal, like the gateway's.
  private static func note(_ result: CheckResult, _ moment: Moment, _ call: Call) {
    let environment = call.body.text("environment").flatMap { Slug($0) } ?? result.key?.environment
    let operation = JournaledOperation(
      time: moment.time, environment: environment, key: result.key?.id, permission: result.permission,
      outcome: result.outcome)
    call.house.journal.record(operation, method: "".utf8.span, path: "".utf8.span)
  }

  private static func whose(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    switch (call.body.text("key"), call.body.text("fingerprint")) {
    case (.some(let secret), nil): return .json(reading.shapes.whose(try reading.whose(presenting: secret)))
    case (nil, .some(let hex)):
      guard let fingerprint = Fingerprint.read(hex) else {
        throw Refusal(.badUsage, "A fingerprint is 64 hex digits: the SHA-256 of a secret.", field: "fingerprint")
      }
      return .json(reading.shapes.whose(try reading.whose(fingerprint)))
    case (.some, .some), (nil, nil):
      throw Refusal(.badUsage, "Give key or fingerprint, one of them.", field: "key")
    }
  }
}
