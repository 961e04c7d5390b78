import Formats
import HTTPServer

/// Finds the route of a request.
struct Router: Sendable {
  private let routes: [Route]

  init(_ routes: [Route]) { self.routes = routes }

  /// Throws 404 for a path that there is not, 405 for a method that it does not take. HEAD goes where GET does.
  func find(_ method: HTTPMethod, _ path: Span<UInt8>) throws(Problem) -> (route: Route, segments: [String]) {
    let bytes = Array(copying: path)
    guard bytes.first == UInt8(ascii: "/") else { throw .noSuchRoute }
    let parts = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let wanted = method == .head ? .get : method
    var allowed: [StaticString] = []
    var pattern: String?
    for route in routes {
      // A path that one pattern has found belongs to it: `/v1/users/me` is no user's.
      guard pattern == nil || pattern == route.pattern, let segments = route.match(parts) else { continue }
      if route.method == wanted { return (route, segments) }
      pattern = route.pattern
      allowed.append(route.method.name)
      if route.method == .get { allowed.append(HTTPMethod.head.name) }
    }
    guard !allowed.isEmpty else { throw .noSuchRoute }
    throw .methodNotAllowed(allowed.map(\.description).joined(separator: ", "))
  }
}
