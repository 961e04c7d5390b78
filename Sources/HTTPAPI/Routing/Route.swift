import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// One line of the API: what it takes, who may, and what it does. Router and OpenAPI document both read this table.
struct Route: Sendable {
  let method: HTTPMethod
  /// `/v1/keys/{key}`: a word in braces stands for one segment.
  let pattern: String
  let summary: String
  var query: [QueryField] = []
  var body: [BodyField] = []
  var rule = BodyRule.none
  var success = HTTPStatus.ok
  /// Answers 200, whatever `success` is, when everything was there already.
  var mayChangeNothing = false
  let work: Work

  enum Work: Sendable {
    /// Answered at once, for anybody.
    case open(OpenRoute)
    /// A question, judged and answered on a thread that may wait.
    case read(Action, @Sendable (CallerReading, Call) throws(Refusal) -> Answer)
    /// A command, judged and done by the writer.
    case change(@Sendable (Call) throws(Refusal) -> Request)
    /// The log, page by page, as it grows if wanted.
    case events
  }

  enum OpenRoute: Sendable { case healthz, readyz, openAPI, openSession, closeSession }

  /// The words of the pattern.
  let segments: [Segment]

  enum Segment: Sendable {
    case word([UInt8])
    case place(String)
  }

  init(
    _ method: HTTPMethod, _ pattern: String, _ summary: String, query: [QueryField] = [], body: [BodyField] = [],
    rule: BodyRule = .none, success: HTTPStatus = .ok, mayChangeNothing: Bool = false, _ work: Work
  ) {
    (self.method, self.pattern, self.summary) = (method, pattern, summary)
    (self.query, self.body, self.rule, self.work) = (query, body, rule, work)
    (self.success, self.mayChangeNothing) = (success, mayChangeNothing)
    segments = pattern.utf8.dropFirst().split(separator: UInt8(ascii: "/")).map { part in
      guard part.first == UInt8(ascii: "{") else { return .word(Array(part)) }
      return .place(String(decoding: Array(part.dropFirst().dropLast()), as: UTF8.self))
    }
  }

  /// The decoded segments in the pattern's places; nil when the path is another.
  func match(_ path: [ArraySlice<UInt8>]) -> [String]? {
    guard path.count == segments.count else { return nil }
    var found: [String] = []
    for (part, segment) in zip(path, segments) {
      switch segment {
      case .word(let word): guard part.elementsEqual(word) else { return nil }
      case .place:
        guard let text = PercentEncoding.decode(part), !text.isEmpty else { return nil }
        found.append(text)
      }
    }
    return found
  }

  /// Answers text rather than JSON.
  var isText: Bool { pattern == ProofRoutes.checkpointPattern }
  var isOpen: Bool { if case .open = work { true } else { false } }
  var isChange: Bool { if case .change = work { true } else { false } }
}

/// A parameter that a route takes in its query.
struct QueryField: Sendable {
  enum Kind: Sendable {
    case text, flag
    /// From this one on.
    case number(Int64)
    case limit
    case choice([String])
  }

  let name: String
  let kind: Kind
  let help: String
  /// The route answers nothing without it.
  let isRequired: Bool
  /// Of a text.
  let shape: TextShape

  init(_ name: String, _ kind: Kind, _ help: String, isRequired: Bool = false, shape: TextShape = .any) {
    (self.name, self.kind, self.help, self.isRequired, self.shape) = (name, kind, help, isRequired, shape)
  }

  static let at = QueryField("at", .text, "a point in history: a time, or an event's number; users only", shape: .point)
  static let paging = [
    QueryField("limit", .limit, "how many, 1 to 1,000; 100 by default"),
    QueryField("cursor", .text, "next_cursor of the page before"),
  ]
}
