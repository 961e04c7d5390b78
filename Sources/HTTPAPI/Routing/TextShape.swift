/// What a text may be, as the description of the API tells it. To refuse others is for the service, which has a code for each.
enum TextShape: Sendable {
  case any, slug, digest
  case choice([String])

  /// A pattern of ECMA-262, as JSON Schema has it.
  var pattern: String? {
    switch self {
    case .any, .choice: nil
    case .slug: "^[a-z][a-z0-9_-]{0,62}$"
    case .digest: "^[0-9a-f]{64}$"
    }
  }
}
