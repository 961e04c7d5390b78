import Cryptography
import Formats
import KeyLedger
import LedgerService

/// Questions about a secret, which comes on standard input.
enum CheckCommands {
  static let check = CommandSpec(
    path: ["check"], summary: "Say whether a secret is valid, and why; it is a line of standard input",
    discussion: ["Exits 0 when it is valid and 6 when it is not."],
    options: [
      .value("permission", "P", "and whether it may do this: RESOURCE:read or RESOURCE:write"),
      .value("env", "ENV", "and whether it belongs to this environment", of: .completed(.environments)),
      .value("customer", "ID", "the customer that a publishable key speaks for"),
      .value(
        "customer-token", "T", "the token that proves it, HMAC-SHA256 CUSTOMER_ID:HEX; - for the line after the secret"),
    ],
    effect: .reads,
    examples: [
      "keyledger check --permission customers:write < secret.txt", "keyledger check --at 2026-03-01 < secret.txt",
    ], run: runCheck)

  static let whose = CommandSpec(
    path: ["whose"], summary: "Say which key a leaked secret is or was; it is a line of standard input",
    discussion: ["Exits 6 when it is none of this ledger. No secret is stored to answer this, only SHA-256s."],
    effect: .reads, examples: ["keyledger whose < leaked.txt"], run: runWhose)

  private static func presented(_ session: Session) throws(Refusal) -> SecretBytes {
    try SecretInput.line("Secret", session.terminal) ?? SecretBytes([])
  }

  /// The line after the secret's for `-`, so that no token stands in the shell's history.
  private static func customerToken(_ invocation: Invocation, _ session: Session) throws(Refusal) -> String? {
    guard let typed = invocation.value("customer-token"), sameBytes(typed, "-") else {
      return invocation.value("customer-token")
    }
    guard let line = try SecretInput.line("Customer token", session.terminal), line.count > 0 else {
      throw Refusal(.badUsage, "--customer-token - found no line after the secret's on standard input.")
    }
    return line.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  private static func runCheck(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let secret = try presented(session)
    let token = try customerToken(invocation, session)
    let result = try reading.queries.check(
      secret, permission: invocation.value("permission"), environment: invocation.value("env"),
      customer: (invocation.value("customer"), token), at: reading.moment)
    let json = reading.shapes.check(result)
    let word = json.text("outcome")
    var document = Document(json: json, bare: [word]) { page in
      let isPast = reading.moment.isPast
      let valid = isPast ? "● was valid" : "● valid"
      let said = result.isValid ? Styled(valid, .good) : Styled("○ " + word.replacingUnderscores, .ended)
      var details = Details(said, Styled(isPast ? pastMeaning(result.outcome) : meaning(result.outcome)))
      fill(&details, json["key"], page)
      details.add("Permission", json.text("permission"))
      details.add("Customer", result.customerProven.map { "\($0), proven by the token" })
      if let event = json["decided_by"], !event.isNull {
        details.add("Decided by", "event \(event["sequence"]?.integer ?? 0), \(event.text("type"))")
      }
      return reading.header(page) + details.lines(on: page)
    }
    document.exit = result.isValid ? .done : .checkFailed
    return .document(document)
  }

  private static func runWhose(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let key = try reading.queries.whose(try presented(session), at: reading.moment)
    let json = reading.shapes.whose(key)
    var document = Document(json: json, bare: key.map { [$0.id.description] } ?? []) { page in
      guard let shape = json["key"], key != nil else {
        // As of the past, one that was made since is none either.
        let isPast = reading.moment.isPast
        let said = isPast ? "It was no key of this ledger yet." : "It is no key of this ledger, and never was."
        return reading.header(page) + [said]
      }
      var details = Details(Styled(shape.text("name"), .strong), KeyView.status(shape, page.times))
      fill(&details, shape, page)
      return reading.header(page) + details.lines(on: page)
    }
    document.exit = key == nil ? .checkFailed : .done
    return .document(document)
  }

  private static func fill(_ details: inout Details, _ key: JSON?, _ page: Page) {
    guard let key, !key.isNull else { return }
    details.add("Name", key.text("name"))
    KeyView.fill(&details, key, page)
    details.add("Status", KeyView.status(key, page.times))
    details.add("Scope", lines: KeyView.scope(key))
  }

  private static func meaning(_ outcome: VerificationOutcome) -> String {
    switch outcome {
    case .valid: "A request with it is accepted."
    case .malformed: "No secret has this form: it is mistyped or cut."
    case .unknown: "No key of this ledger has this secret."
    case .removed: "Its integration was disconnected."
    case .revoked: "It was revoked."
    case .expired: "Its grace period is over."
    case .wrongEnvironment: "It belongs to another environment."
    case .customerTokenRequired: "Client-side security is enforced: it needs a customer id and its token."
    case .customerTokenInvalid: "The customer token does not prove this customer."
    case .insufficientScope: "It may not do this."
    }
  }

  /// The same of a moment that is over.
  private static func pastMeaning(_ outcome: VerificationOutcome) -> String {
    switch outcome {
    case .valid: "A request with it would have been accepted."
    case .malformed: meaning(outcome)
    case .unknown: "No key of this ledger had this secret."
    case .removed: "Its integration had been disconnected."
    case .revoked: "It had been revoked."
    case .expired: "Its grace period was over."
    case .wrongEnvironment: "It belonged to another environment."
    case .customerTokenRequired: "Client-side security was enforced: it needed a customer id and its token."
    case .customerTokenInvalid: "The customer token did not prove this customer."
    case .insufficientScope: "It was not allowed to do this."
    }
  }
}
