import Formats
import KeyLedger
import LedgerService

enum ClientSecurityCommands {
  static let group = CommandGroup(
    "client-security", "Signed customer tokens for publishable keys",
    [
      spec("show", "Show whether it is enforced", .reads, show),
      spec("enforce", "Take a publishable key only with a right customer token", .changes) {
        (invocation, session) throws(Refusal) in
        try change(.enforceClientSecurity(environment: invocation.required("env")), "Enforced", session)
      },
      spec("relax", "Take a publishable key without a customer token again", .changes) {
        (invocation, session) throws(Refusal) in
        try change(.relaxClientSecurity(environment: invocation.required("env")), "Relaxed", session)
      },
      spec("reveal", "Show the signing secret; the log will say so", .changes) {
        (invocation, session) throws(Refusal) in
        try change(.revealSigningSecret(environment: invocation.required("env")), "Revealed; the log says so", session)
      },
      spec("rotate", "Replace the signing secret, which ends every customer token at once", .changes) {
        (invocation, session) throws(Refusal) in
        try change(.rotateSigningSecret(environment: invocation.required("env")), "Rotated", session)
      },
    ])

  private static func spec(
    _ word: String, _ summary: String, _ effect: Effect,
    _ run: @escaping @Sendable (Invocation, Session) throws(Refusal) -> Reply
  ) -> CommandSpec {
    CommandSpec(
      path: ["client-security", word], summary: summary, options: [EnvironmentCommands.option], effect: effect,
      examples: ["keyledger client-security \(word) --env production"], run: run)
  }

  private static func show(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let environment = try reading.queries.environment(invocation.required("env"), at: reading.moment)
    let json = reading.shapes.shown(reading.shapes.clientSecurity(environment))
    return reading.one(json, bare: [json.isTrue("enforced") ? "enforced" : "relaxed"]) { page in
      var details = Details(Styled(json.text("environment"), .strong), EnvironmentCommands.security(json))
      facts(&details, json, page)
      return details.lines(on: page)
    }
  }

  private static func change(_ command: Command, _ done: String, _ session: Session) throws(Refusal) -> Reply {
    let view = ChangeView(
      headline: { _ in done + "." },
      bare: { json in [json["secret"]?.string ?? json.text("environment")] },
      facts: { details, json, page in
        details.add("Environment", json.text("environment"))
        details.add("Status", EnvironmentCommands.security(json))
        details.add("Secret", json["secret"]?.string.map { Styled($0, .strong) })
        facts(&details, json, page)
      })
    return try session.change(command, view)
  }

  private static func facts(_ details: inout Details, _ json: JSON, _ page: Page) {
    details.add("Signing secret", "number \(json["signing_generation"]?.integer ?? 0)")
  }
}
