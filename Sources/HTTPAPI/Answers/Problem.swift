import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// Why a request was not done, as a problem document (RFC 9457). The one place where an error leaves over HTTP.
struct Problem: Error, Sendable {
  let status: HTTPStatus
  let code: String
  /// What to do. Nothing of a secret's shape is in it.
  let detail: String
  /// The member of the body at fault, as a JSON pointer (RFC 6901) in a URI fragment.
  var pointer: String?
  var extra: [(name: StaticString, value: String)] = []

  init(
    _ status: HTTPStatus, _ code: String, _ detail: String, pointer: String? = nil,
    extra: [(name: StaticString, value: String)] = []
  ) {
    self.status = status
    self.code = code
    self.detail = SecretMask.text(detail)
    self.pointer = pointer
    self.extra = extra
  }

  /// - Parameter members: of the route's body; a field that is none of them stood in the path or the query.
  init(_ refusal: Refusal, members: [String] = []) {
    let pointer = refusal.field.flatMap { field in members.contains { sameBytes($0, field) } ? "#/" + field : nil }
    self.init(refusal.code.status, refusal.code.rawValue, refusal.message, pointer: pointer)
    if refusal.code == .busy || refusal.code == .noSpace { extra = [("Retry-After", "1")] }
  }

  func answer(requestID: String) -> Answer {
    var members = [
      JSONMember("type", .string("about:blank")), JSONMember("title", .string(status.reason.description)),
      JSONMember("status", .integer(Int64(status.rawValue))), JSONMember("detail", .string(detail)),
      JSONMember("code", .string(code)), JSONMember("instance", .string(requestID)),
    ]
    if let pointer {
      let error = JSON.object([JSONMember("pointer", .string(pointer)), JSONMember("detail", .string(detail))])
      members.append(JSONMember("errors", .array([error])))
    }
    return Answer(status: status, body: .problem(JSON.object(members).line()), extra: extra)
  }
}

// What only HTTP can go wrong with.
extension Problem {
  static let unauthenticated = Problem(
    .unauthorized, "unauthenticated",
    "Say who calls: Authorization: Bearer with a user's access token, or X-API-Key with the secret of a server key.",
    extra: [("WWW-Authenticate", "Bearer realm=\"keyledger\", ApiKey realm=\"keyledger\"")])
  static let twoCallers = Problem(
    .badRequest, "bad_usage", "Authorization, X-API-Key and the session's cookie exclude each other: send one, once.")
  static let noSuchRoute = Problem(
    .notFound, "not_found", "There is nothing at this path; /openapi.json describes what there is.")
  static let misdirected = Problem(
    .misdirectedRequest, "misdirected_request",
    "This server does not answer for that Host; start it with --host NAME for each name that it is reached by.")
  static let notJSON = Problem(
    .unsupportedMediaType, "unsupported_media_type", "Send the body as JSON, with Content-Type: application/json.")
  static let tooBusy = Problem(
    .serviceUnavailable, "busy", "Too many questions are waiting; try again.", extra: [("Retry-After", "1")])
  static let tooManyStreams = Problem(
    .serviceUnavailable, "busy", "Too many streams are open; close one, or try again.", extra: [("Retry-After", "5")])
  static let unseenChange = Problem(
    .serviceUnavailable, "outcome_unknown",
    "It was done, but its answer could not be made. Look, or repeat it with its idempotency key.")

  static func methodNotAllowed(_ allowed: String) -> Problem {
    Problem(
      .methodNotAllowed, "method_not_allowed", "This path takes \(allowed).", extra: [("Allow", allowed)])
  }

  static func bodyTooLarge(_ limit: Int) -> Problem {
    Problem(.contentTooLarge, "body_too_large", "The body may have \(limit) bytes; send less.")
  }

  static func tooManyChanges(after seconds: Int) -> Problem {
    Problem(
      .tooManyRequests, "too_many_changes", "This key changes things faster than it may; try again in \(seconds) s.",
      extra: [("Retry-After", "\(seconds)")])
  }

  static func usage(_ detail: String, pointer: String? = nil) -> Problem {
    Problem(.badRequest, "bad_usage", detail, pointer: pointer)
  }
}
