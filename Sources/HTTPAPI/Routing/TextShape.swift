/// What a text may be, as the description of the API tells it. To refuse others is for the service, which has a code for each.
enum TextShape: Sendable {
  case any, slug, digest, permission
  /// A SHA-256 as people type it.
  case fingerprint
  case time
  /// A time, or the number of an event.
  case point
  /// A text of so many characters.
  case length(ClosedRange<Int64>)
  case choice([String])

  /// A pattern of ECMA-262, as JSON Schema has it.
  var pattern: String? {
    switch self {
    case .any, .length, .choice: nil
    case .slug: "^[a-z][a-z0-9_-]{0,62}$"
    case .digest: "^[0-9a-f]{64}$"
    case .fingerprint: "^[0-9A-Fa-f]{64}$"
    case .permission: "^[a-z][a-z0-9_-]{0,62}:(read|write)$"
    case .time: "^(\(TextShape.moment))$"
    case .point: "^(#?\(TextShape.number)|\(TextShape.moment))$"
    }
  }

  private static let number = "(0|[1-9][0-9]{0,17})"
  /// So long ago, a date, or a date and a time (RFC 3339).
  private static let moment = "-\(number)[smhdw]|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].*)?"
}
