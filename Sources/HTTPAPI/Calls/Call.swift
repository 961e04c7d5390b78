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

  /// Whether the same question will be about the same moment: a relative time moves.
  var namesItsMoment: Bool { query["at"].map { $0.utf8.first != UInt8(ascii: "-") } ?? false }

  /// Who asks for which list, with which filters and in which order: what a cursor is good for.
  private var listName: String {
    let asked = query.canonical(without: ["cursor", "limit", "skip", "at"])
    let place = JSON.array(([credential.actor.description, route.pattern] + segments).map { .string($0) })
    return String(decoding: JSON.array([place, asked]).line(), as: UTF8.self)
  }

  func cursor() throws(Refusal) -> PageCursor? {
    try query["cursor"].map { (text) throws(Refusal) in try house.cursors.open(text, for: listName) }
  }

  /// A page of a list, with the cursor of the next one; nil where none comes.
  func page(_ json: JSON, _ moment: Moment, next position: Int?) -> Answer {
    guard let position else { return .json(json.adding("next_cursor", .null)) }
    let cursor = house.cursors.seal(PageCursor(moment: moment, position: Int64(position)), for: listName)
    var answer = Answer.json(json.adding("next_cursor", .string(cursor)))
    // The cursor ends with the process.
    answer.mayLast = false
    return answer
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
