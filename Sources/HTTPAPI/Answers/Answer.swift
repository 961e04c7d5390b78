import Formats
import HTTPServer

/// What a request comes to: a status, fields of its own, and a body.
struct Answer: Sendable {
  let status: HTTPStatus
  let body: Body
  var caching = Caching.none
  /// Whether it can be the same for ever, as far as its own content goes.
  var mayLast = true
  /// Fields beside those that every answer has.
  var extra: [(name: StaticString, value: String)] = []

  enum Body: Sendable {
    case nothing
    case json([UInt8])
    case problem([UInt8])
    case text([UInt8])
    case metrics([UInt8])
    /// The bytes of a file of the console, of this media type.
    case file(String, [UInt8])
    /// Of this media type, sent piece by piece.
    case stream(String)
  }

  enum Caching: Sendable {
    case none
    /// An answer about a moment that is named and over: it never changes.
    case forEver
    /// A file of the program: it changes when the program does, so it is asked for again by its ETag (RFC 9110 §8.8.3).
    case byTag
  }

  static func json(_ json: JSON, _ status: HTTPStatus = .ok) -> Answer {
    Answer(status: status, body: .json(json.line()))
  }

  static func text(_ text: String) -> Answer { Answer(status: .ok, body: .text(Array(text.utf8))) }

  func with(_ name: StaticString, _ value: String) -> Answer {
    var answer = self
    answer.extra.append((name, value))
    return answer
  }

  var content: [UInt8] {
    switch body {
    case .nothing, .stream: []
    case .json(let bytes), .problem(let bytes), .text(let bytes), .metrics(let bytes), .file(_, let bytes): bytes
    }
  }

  /// All fields of the answer.
  func fields(requestID: String) -> HTTPFields {
    var fields = HTTPFields()
    fields.add("X-Request-Id", requestID)
    fields.add("Cache-Control", caching.words)
    // One browser may have two users, one after the other; and the log comes in several forms.
    if caching == .forEver { fields.add("Vary", "Accept, Authorization, Cookie") }
    fields.add("X-Content-Type-Options", "nosniff")
    fields.add("Referrer-Policy", "no-referrer")
    if let type { fields.add("Content-Type", type) }
    for field in extra { fields.add(field.name, field.value) }
    return fields
  }

  private var type: String? {
    switch body {
    case .nothing: nil
    case .json: "application/json"
    case .problem: "application/problem+json"
    case .text: "text/plain; charset=utf-8"
    case .stream(let type), .file(let type, _): type
    case .metrics: "text/plain; version=0.0.4; charset=utf-8"
    }
  }
}

extension Answer.Caching {
  fileprivate var words: String {
    switch self {
    case .none: "no-store"
    case .forEver: "private, immutable"
    case .byTag: "no-cache"
    }
  }
}
