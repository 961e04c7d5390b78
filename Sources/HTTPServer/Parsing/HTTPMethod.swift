/// A request method (RFC 9110 §9, RFC 5789). Methods are case-sensitive: `get` is another one.
package enum HTTPMethod: Sendable {
  case get, head, post, put, patch, delete, options, connect, trace
  /// Any other token; its bytes are in the request.
  case other

  init(_ bytes: Span<UInt8>, in range: Range<Int>) {
    self = HTTPMethod.known.first { bytes.isExactly($0.name, in: range) } ?? .other
  }

  /// `OTHER` for those without a name here.
  package var name: StaticString {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .patch: "PATCH"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .connect: "CONNECT"
    case .trace: "TRACE"
    case .other: "OTHER"
    }
  }

  private static let known: [HTTPMethod] = [.get, .head, .post, .put, .patch, .delete, .options, .connect, .trace]
}
