import HTTPServer

extension Problem {
  /// What the server itself refuses.
  init(_ refusal: HTTPRefusal) {
    self.init(refusal.status, Problem.code(refusal), refusal.sentence.description)
  }

  private static func code(_ refusal: HTTPRefusal) -> String {
    switch refusal.status {
    case .contentTooLarge: "body_too_large"
    case .uriTooLong: "target_too_long"
    case .requestHeaderFieldsTooLarge: "fields_too_large"
    case .requestTimeout: "too_slow"
    case .expectationFailed: "unknown_expectation"
    case .notImplemented: "unknown_coding"
    case .httpVersionNotSupported: "unknown_version"
    case .internalServerError: "unanswered"
    default: "bad_usage"
    }
  }
}
