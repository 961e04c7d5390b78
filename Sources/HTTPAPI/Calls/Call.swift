import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// One request to a route, read, checked against what the route takes, and told who calls.
struct Call: Sendable {
  let requestID: String
  let route: Route
  /// What stands in the places of the pattern, in their order, decoded.
  let segments: [String]
  let query: CallQuery
  let body: CallBody
  let credential: Credential
  let marks: ChangeMarks
  let now: Instant
  let house: House

  /// The point of the past that it asks about.
  func point() throws(Refusal) -> Point? {
    try (query["at"] ?? body.text("at")).map { (text) throws(Refusal) in try Point.parse(text, now: now) }
  }

  /// Whether an answer about that point is the same for ever: a relative time moves.
  var namesItsMoment: Bool { query["at"].map { $0.utf8.first != UInt8(ascii: "-") } ?? false }

  /// Who asks for which list: what a cursor is good for.
  var listName: String { "\(credential.actor) \(route.pattern) \(segments.joined(separator: " "))" }

  func cursor() throws(Refusal) -> PageCursor? {
    guard let text = query["cursor"] else { return nil }
    guard query["at"] == nil else {
      throw Refusal(.badUsage, "A cursor holds its moment: at and cursor exclude each other.", field: "cursor")
    }
    return try house.cursors.open(text, for: listName)
  }

  /// For the end of a page; null at the end of the list.
  func next(_ moment: Moment, _ position: Int?) -> JSON {
    guard let position else { return .null }
    return .string(house.cursors.seal(PageCursor(moment: moment, position: Int64(position)), for: listName))
  }

  func request(_ command: Command) -> Request {
    var request = Request(command, by: credential)
    request.idempotencyKey = marks.idempotencyKey
    request.expectedRevision = marks.expectedRevision
    request.traceparent = marks.traceparent
    return request
  }
}

extension Credential {
  /// As the log would name it.
  var actor: Actor {
    switch self {
    case .operator(let name), .author(_, by: let name): .operator(name)
    case .user(let id, _): .user(id)
    case .key(_, let id): .key(id)
    }
  }
}
