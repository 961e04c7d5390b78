import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// Who calls, by what they show. What they may is judged later, where it is done, at the head of the log.
struct Authentication {
  let gate: Gatekeeper
  let house: House

  static let cookieName: StaticString = "keyledger_session"

  /// Throws 401 for nobody, 400 for more than one, 403 for a session that another page seems to use.
  func caller(_ request: borrowing HTTPRequest) throws(Problem) -> Credential {
    let (authorization, key) = (request.fields("authorization"), request.fields("x-api-key"))
    let cookie = try Cookie.find(request)
    guard authorization.count + key.count + (cookie == nil ? 0 : 1) <= 1 else { throw .twoCallers }
    let found: Credential?
    do throws(Refusal) {
      if authorization.count == 1 {
        found = try user(request.fieldValue(authorization.first))
      } else if key.count == 1 {
        found = try self.key(request.fieldValue(key.first), request)
      } else {
        found = try cookie.flatMap(session)
      }
    } catch {
      throw Problem(error)
    }
    guard let found else { throw .unauthenticated }
    if cookie != nil { try SameOrigin.check(request) }
    return found
  }

  /// `Bearer SP TOKEN` (RFC 6750 §2.1).
  private func user(_ value: Span<UInt8>) throws(Refusal) -> Credential? {
    let scheme: StaticString = "bearer "
    guard value.count > scheme.utf8CodeUnitCount else { return nil }
    for index in 0..<scheme.utf8CodeUnitCount {
      guard unsafe value[index] | 0x20 == scheme.utf8Start[index] else { return nil }
    }
    return try user(token: value.extracting(scheme.utf8CodeUnitCount..<value.count))
  }

  func user(token: Span<UInt8>) throws(Refusal) -> Credential? {
    guard token.count <= SecretForm.maximumBytes else { return nil }
    return try gate.user(showing: token).map { .user($0.id, token: $0.token) }
  }

  /// A key that is valid; the journal hears of any other here. That a client key may call nothing is for the policy to
  /// say.
  private func key(_ secret: Span<UInt8>, _ request: borrowing HTTPRequest) throws(Refusal) -> Credential? {
    let answer = try gate.judge(secret, permission: nil, environment: nil, customer: (nil, nil))
    switch answer.outcome {
    case .valid, .customerTokenRequired, .customerTokenInvalid:
      return answer.key.map { .key($0.environment, $0.id) }
    case .malformed, .unknown, .removed, .revoked, .expired, .wrongEnvironment, .insufficientScope:
      let operation = JournaledOperation(
        time: try gate.now(), environment: answer.key?.environment, key: answer.key?.id, permission: nil,
        outcome: answer.outcome)
      house.journal.record(operation, method: request.methodBytes, path: request.path)
      return nil
    }
  }

  private func session(_ cookie: [UInt8]) throws(Refusal) -> Credential? {
    guard let session = house.sessions.find(cookie.span, at: house.clock.now()),
      try gate.isCurrent(session.user, token: session.token)
    else { return nil }
    return .user(session.user, token: session.token)
  }
}

/// The session's cookie (RFC 6265 §4.2.1).
enum Cookie {
  /// Nil when there is none; throws when there are several.
  static func find(_ request: borrowing HTTPRequest) throws(Problem) -> [UInt8]? {
    let match = request.fields("cookie")
    guard match.count > 0 else { return nil }
    var found: [UInt8]?
    for index in match.first..<request.fieldCount where isCookie(request.fieldName(index)) {
      for pair in Array(copying: request.fieldValue(index)).split(separator: UInt8(ascii: ";")) {
        let pair = pair.drop { $0 == UInt8(ascii: " ") }
        guard let value = value(of: pair) else { continue }
        guard found == nil else { throw .twoCallers }
        found = Array(value)
      }
    }
    return found
  }

  private static func isCookie(_ name: Span<UInt8>) -> Bool {
    let word: StaticString = "cookie"
    guard name.count == word.utf8CodeUnitCount else { return false }
    for index in 0..<name.count where unsafe name[index] | 0x20 != word.utf8Start[index] { return false }
    return true
  }

  private static func value(of pair: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let name = Array(Authentication.cookieName.description.utf8) + [UInt8(ascii: "=")]
    return pair.starts(with: name) ? pair.dropFirst(name.count) : nil
  }

  /// What a browser is told to keep; nil for the end of a session.
  ///
  /// - Parameter isLoopback: where plain HTTP is spoken a Secure cookie would not come back.
  static func setting(_ value: String?, isLoopback: Bool) -> String {
    let age = value == nil ? 0 : Sessions.length / 1_000
    let secure = isLoopback ? "" : "; Secure"
    return "\(Authentication.cookieName)=\(value ?? ""); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict\(secure)"
  }
}

/// Whether a request with a cookie comes from our own page: a browser sends cookies along whoever asks it to.
enum SameOrigin {
  static func check(_ request: borrowing HTTPRequest) throws(Problem) {
    if request.method == .get || request.method == .head { return }
    let (mark, origin) = (request.fields("x-keyledger"), request.fields("origin"))
    guard JSONContent.isAnnounced(request), mark.count == 1, origin.count == 1,
      isOne(request.fieldValue(mark.first)), isSame(request.fieldValue(origin.first), request.authority)
    else {
      throw Problem(
        .forbidden, "forbidden",
        "With a session's cookie a change needs Content-Type: application/json, X-KeyLedger: 1 and an Origin that is the Host."
      )
    }
  }

  private static func isOne(_ value: Span<UInt8>) -> Bool { value.count == 1 && value[0] == UInt8(ascii: "1") }

  /// `scheme "://" authority` (RFC 6454 §6.1).
  private static func isSame(_ origin: Span<UInt8>, _ authority: Span<UInt8>) -> Bool {
    guard origin.count > authority.count + 3, !authority.isEmpty else { return false }
    let start = origin.count - authority.count
    for (offset, byte) in "://".utf8.enumerated() where origin[start - 3 + offset] != byte { return false }
    for index in 0..<authority.count where origin[start + index] != authority[index] { return false }
    let scheme = Array(copying: origin.extracting(0..<start - 3))
    return scheme.elementsEqual("http".utf8) || scheme.elementsEqual("https".utf8)
  }
}

/// `Content-Type: application/json`, with a charset at most, which can only be UTF-8 (RFC 8259 §8.1).
enum JSONContent {
  static func isAnnounced(_ request: borrowing HTTPRequest) -> Bool {
    let match = request.fields("content-type")
    guard match.count == 1 else { return false }
    let value = Array(copying: request.fieldValue(match.first)).map { (65...90).contains($0) ? $0 | 0x20 : $0 }
    let parts = value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    guard parts[0].filter({ $0 != UInt8(ascii: " ") }).elementsEqual("application/json".utf8) else { return false }
    return parts.dropFirst().allSatisfy { part in
      let plain = part.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\"") }
      return plain.elementsEqual("charset=utf-8".utf8)
    }
  }
}
