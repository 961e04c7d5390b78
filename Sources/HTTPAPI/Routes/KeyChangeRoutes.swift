import HTTPServer
import KeyLedger
import LedgerService

/// What is done to keys.
enum KeyChangeRoutes {
  private static let names = TextShape.length(1...100)
  private static let descriptions = TextShape.length(0...500)

  static let all = [
    Route(
      .post, "/v1/environments/{environment}/keys", "Create a scoped key; its secret is in the answer, this once",
      body: [
        .required("name", .text, names), .optional("description", .text, descriptions), .required("scope", .list),
      ], success: .created,
      .change(create)),
    Route(
      .patch, "/v1/keys/{key}", "Change the name or the description of a scoped key",
      body: [.optional("name", .text, names), .optional("description", .text, descriptions)],
      rule: BodyRule(needed: ["name", "description"]), .change(rename)),
    Route(
      .put, "/v1/keys/{key}/scope", "Replace the scope of a scoped key", body: [.required("scope", .list)],
      .change { (call) throws(Refusal) in
        call.request(.changeScope(key: call.segments[0], scope: call.body.list("scope")))
      }),
    Route(
      .post, "/v1/keys/{key}/rotate", "Replace a key by one with a new secret, which is in the answer, this once",
      body: [.required("grace", .text, .choice(Grace.allCases.map(\.rawValue)))], success: .created,
      .change { (call) throws(Refusal) in
        call.request(.rotateKey(key: call.segments[0], grace: call.body.required("grace")))
      }),
    Route(
      .post, "/v1/keys/{key}/grace", "Change the grace period of a rotated key, from now on",
      body: [.required("grace", .text, .choice(Grace.allCases.map(\.rawValue)))],
      .change { (call) throws(Refusal) in
        call.request(.changeGrace(key: call.segments[0], grace: call.body.required("grace")))
      }),
    Route(
      .post, "/v1/keys/{key}/revoke", "End a key, at once and for good",
      .change { (call) throws(Refusal) in call.request(.revokeKey(key: call.segments[0])) }),
    Route(
      .post, "/v1/keys/{key}/reveal", "Show the secret of a key again; the log will say so",
      .change { (call) throws(Refusal) in call.request(.revealKey(key: call.segments[0])) }),
  ]

  private static func create(_ call: Call) throws(Refusal) -> Request {
    call.request(
      .createKey(
        environment: call.segments[0], name: call.body.required("name"),
        description: call.body.text("description") ?? "", scope: call.body.list("scope")))
  }

  private static func rename(_ call: Call) throws(Refusal) -> Request {
    let (name, description) = (call.body.text("name"), call.body.text("description"))
    guard name != nil || description != nil else {
      throw Refusal(.badUsage, "Give name or description, or both.", field: "name")
    }
    return call.request(.renameKey(key: call.segments[0], name: name, description: description))
  }
}
