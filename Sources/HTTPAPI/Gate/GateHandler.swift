import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// `/v1/authorize/ENV/PERMISSION[/…]`: what gateways ask about every operation. Answered from memory, with an empty body:
/// nginx and Caddy close the connection when an authorisation has one.
struct GateHandler {
  static let prefix: StaticString = "/v1/authorize/"
  let house: House

  /// Whether the path is a gateway's.
  static func isMeant(_ path: Span<UInt8>) -> Bool {
    guard path.count >= prefix.utf8CodeUnitCount else { return false }
    for index in 0..<prefix.utf8CodeUnitCount where unsafe path[index] != prefix.utf8Start[index] { return false }
    return true
  }

  func handle(
    _ request: borrowing HTTPRequest, _ response: inout HTTPResponse, _ gate: Gatekeeper, requestID: Span<UInt8>
  ) {
    let verdict = judge(request, gate)
    house.metrics.count(verdict)
    response.begin(verdict.status)
    response.field("X-Request-Id", requestID)
    response.field("Cache-Control", "no-store")
    response.field("X-Content-Type-Options", "nosniff")
    response.field("Referrer-Policy", "no-referrer")
    switch verdict {
    case .letIn(let key, let customer): GateHandler.write(key, customer, &response)
    case .unauthorized: response.field("WWW-Authenticate", "ApiKey realm=\"keyledger\"")
    case .unavailable: response.field("Retry-After", "1")
    case .forbidden, .malformed, .misdirected: break
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

  private func judge(_ request: borrowing HTTPRequest, _ gate: Gatekeeper) -> Verdict {
    guard house.hosts.admits(request.authority) else { return .misdirected }
    guard let target = GateTarget(request.path), !request.announcesBody else { return .malformed }
    let key = request.fields("x-api-key")
    let (id, token) = (request.fields("x-customer-id"), request.fields("x-customer-token"))
    let (method, path) = (request.fields("x-original-method"), request.fields("x-original-uri"))
    // Gateways make a 500 of a 400, so a field that is there twice is no credential.
    guard key.count == 1, id.count <= 1, token.count <= 1, method.count <= 1, path.count <= 1,
      let environment = Slug(target.environment(of: request.path))
    else { return .unauthorized }
    do throws(Refusal) {
      guard try gate.knows(environment) else {
        _ = try gate.now()
        return .unauthorized
      }
      let answer = try gate.judge(
        request.fieldValue(key.first), permission: target.permission, environment: environment,
        customer: (
          id.count == 1 ? String(validating: request.fieldValue(id.first)) : nil,
          token.count == 1 ? String(validating: request.fieldValue(token.first)) : nil
        ))
      let operation = JournaledOperation(
        time: try gate.now(), environment: environment, key: answer.key?.id, permission: target.permission,
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

  private static func write(_ id: KeyID, _ response: inout HTTPResponse) {
    var text = InlineArray<30, UInt8>(repeating: 0)
    var length = 0
    for byte in KeyID.prefix.utf8 {
      text[length] = byte
      length += 1
    }
    let characters = id.ulid.characters
    for index in characters.indices { text[length + index] = characters[index] }
    response.field("X-Key-Id", text.span)
  }

  private static func write(_ key: GateAnswer.Key, _ customer: String?, _ response: inout HTTPResponse) {
    GateHandler.write(key.id, &response)
    response.field("X-Key-Kind", key.kind.rawValue.utf8.span)
    response.field("X-Key-Environment", key.environment.text.utf8.span)
    response.field("X-Key-Scope", key.scopeWords.utf8.span)
    if let end = key.expiresAt {
      response.field("X-Key-Expires-At", RFC3339.format(milliseconds: end.milliseconds).utf8.span)
    }
    if let customer { response.field("X-Customer-Id", customer.utf8.span) }
  }
}

/// The policy that the path names, and what follows it.
struct GateTarget {
  /// Nil for `none`.
  let permission: Permission?
  private let environmentRange: Range<Int>
  private let restStart: Int
  private let end: Int

  /// Nil when the path does not have the form `ENV/PERMISSION[/…]` behind the prefix.
  init?(_ path: Span<UInt8>) {
    let start = GateHandler.prefix.utf8CodeUnitCount
    let environmentEnd = GateTarget.slash(path, from: start)
    guard environmentEnd < path.count else { return nil }
    let permissionEnd = GateTarget.slash(path, from: environmentEnd + 1)
    let word = path.extracting(environmentEnd + 1..<permissionEnd)
    if GateTarget.isNone(word) {
      permission = nil
    } else {
      guard let asked = Permission(word) else { return nil }
      permission = asked
    }
    environmentRange = start..<environmentEnd
    restStart = permissionEnd
    end = path.count
  }

  @_lifetime(copy path)
  func environment(of path: Span<UInt8>) -> Span<UInt8> { path.extracting(environmentRange) }

  /// Whether the original path follows.
  var hasRest: Bool { restStart < end }

  @_lifetime(copy path)
  func rest(of path: Span<UInt8>) -> Span<UInt8> { path.extracting(restStart..<end) }

  /// A URI may come whole: what stands before the path is not for the journal.
  @_lifetime(copy uri)
  static func path(of uri: Span<UInt8>) -> Span<UInt8> {
    guard uri.count > 0, uri[0] != UInt8(ascii: "/") else { return uri }
    var index = 0
    while index + 2 < uri.count {
      if uri[index] == UInt8(ascii: ":"), uri[index + 1] == UInt8(ascii: "/"), uri[index + 2] == UInt8(ascii: "/") {
        return uri.extracting(slash(uri, from: index + 3)..<uri.count)
      }
      index += 1
    }
    return uri
  }

  private static func slash(_ path: Span<UInt8>, from start: Int) -> Int {
    var index = start
    while index < path.count, path[index] != UInt8(ascii: "/") { index += 1 }
    return index
  }

  private static func isNone(_ word: Span<UInt8>) -> Bool {
    word.count == 4 && word[0] == UInt8(ascii: "n") && word[1] == UInt8(ascii: "o") && word[2] == UInt8(ascii: "n")
      && word[3] == UInt8(ascii: "e")
  }
}
