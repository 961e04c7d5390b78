import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// `/v1/authorize/ENV/PERMISSION[/…]`: what gateways ask about every operation. Answered from memory, with an empty body:
/// nginx and Caddy close the connection when an authorisation has one.
final class GateHandler {
  static let prefix: StaticString = "/v1/authorize/"
  private let house: House
  private let gate: Gatekeeper
  private var policies = GatePolicies()
  private var traits = TraitFields()

  /// What every answer carries.
  static let fields: HTTPFields = {
    var fields = HTTPFields()
    fields.add("Cache-Control", "no-store")
    fields.add("X-Content-Type-Options", "nosniff")
    fields.add("Referrer-Policy", "no-referrer")
    return fields
  }()

  init(_ house: House, _ gate: Gatekeeper) { (self.house, self.gate) = (house, gate) }

  /// Whether the path is a gateway's.
  static func isMeant(_ path: Span<UInt8>) -> Bool {
    guard path.count >= prefix.utf8CodeUnitCount else { return false }
    for index in 0..<prefix.utf8CodeUnitCount where unsafe path[index] != prefix.utf8Start[index] { return false }
    return true
  }

  func handle(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse, requestID: Span<UInt8>) {
    let verdict = judge(request)
    house.metrics.count(verdict)
    response.begin(verdict.status)
    response.field("X-Request-Id", requestID)
    if case .letIn(let key, let customer) = verdict {
      write(key, customer, &response)
    } else {
      response.fields(GateHandler.fields)
    }
    switch verdict {
    case .unauthorized: response.field("WWW-Authenticate", "ApiKey realm=\"keyledger\"")
    case .unavailable: response.field("Retry-After", "1")
    case .letIn, .forbidden, .malformed, .misdirected: break
    }
    response.end()
  }

  /// What a gateway is told.
  enum Verdict {
    case letIn(GateAnswer.Key, customer: String?)
    case unauthorized
    case forbidden
    case malformed
    case misdirected
    /// The look at the log failed: nobody is judged by what was known before.
    case unavailable

    var status: HTTPStatus {
      switch self {
      case .letIn: .noContent
      case .unauthorized: .unauthorized
      case .forbidden: .forbidden
      case .malformed: .badRequest
      case .misdirected: .misdirectedRequest
      case .unavailable: .serviceUnavailable
      }
    }
  }

  private func judge(_ request: borrowing HTTPRequest) -> Verdict {
    guard house.hosts.admits(request.authority) else { return .misdirected }
    guard let target = GateTarget(request.path), let policy = policies.policy(of: target, in: request.path),
      !request.announcesBody
    else { return .malformed }
    let key = request.fields("x-api-key")
    let (id, token) = (request.fields("x-customer-id"), request.fields("x-customer-token"))
    let (method, path) = (request.fields("x-original-method"), request.fields("x-original-uri"))
    // Gateways make a 500 of a 400, so a field that is there twice is no credential.
    guard key.count == 1, id.count <= 1, token.count <= 1, method.count <= 1, path.count <= 1,
      let environment = policy.environment
    else { return .unauthorized }
    do throws(Refusal) {
      let answer = try gate.judge(
        request.fieldValue(key.first), permission: policy.permission, environment: environment,
        customer: (
          id.count == 1 ? String(validating: request.fieldValue(id.first)) : nil,
          token.count == 1 ? String(validating: request.fieldValue(token.first)) : nil
        ))
      // Of a key's own environment there is no doubt.
      if answer.key?.environment != environment, try !gate.knows(environment) { return .unauthorized }
      let operation = JournaledOperation(
        time: try gate.now(), environment: environment, key: answer.key?.id, permission: policy.permission,
        outcome: answer.outcome)
      house.journal.record(
        operation, method: method.count == 1 ? request.fieldValue(method.first) : request.methodBytes,
        path: target.hasRest || path.count == 0
          ? target.rest(of: request.path) : GateTarget.path(of: request.fieldValue(path.first)))
      switch (answer.outcome, answer.key) {
      case (.valid, .some(let key)): return .letIn(key, customer: answer.customerProven)
      case (.insufficientScope, _): return .forbidden
      default: return .unauthorized
      }
    } catch {
      return .unavailable
    }
  }

  /// That of `KeyID`, at hand as bytes.
  private static let keyPrefix: StaticString = "key_"

  private static func write(_ id: KeyID, _ response: inout HTTPResponse) {
    var text = InlineArray<30, UInt8>(repeating: 0)
    for index in 0..<4 { text[index] = unsafe keyPrefix.utf8Start[index] }
    let characters = id.ulid.characters
    for index in characters.indices { text[4 + index] = characters[index] }
    response.field("X-Key-Id", text.span)
  }

  private func write(_ key: GateAnswer.Key, _ customer: String?, _ response: inout HTTPResponse) {
    GateHandler.write(key.id, &response)
    response.fields(traits.fields(of: key.traits))
    if let end = key.expiresAt {
      response.field("X-Key-Expires-At", RFC3339.format(milliseconds: end.milliseconds).utf8.span)
    }
    if let customer { response.field("X-Customer-Id", customer.utf8.span) }
  }
}
