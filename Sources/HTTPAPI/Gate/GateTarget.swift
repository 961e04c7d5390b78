import HTTPServer

/// Where in a gateway's path the policy stands, and what follows it.
struct GateTarget {
  private let environmentRange: Range<Int>
  private let permissionRange: Range<Int>
  private let end: Int

  /// Nil when the path does not have the form `ENV/PERMISSION[/…]` behind the prefix.
  init?(_ path: Span<UInt8>) {
    let start = GateHandler.prefix.utf8CodeUnitCount
    let environmentEnd = GateTarget.slash(path, from: start)
    guard environmentEnd < path.count else { return nil }
    environmentRange = start..<environmentEnd
    permissionRange = environmentEnd + 1..<GateTarget.slash(path, from: environmentEnd + 1)
    end = path.count
  }

  /// `ENV/PERMISSION`
  @_lifetime(copy path)
  func policy(of path: Span<UInt8>) -> Span<UInt8> {
    path.extracting(environmentRange.lowerBound..<permissionRange.upperBound)
  }

  @_lifetime(copy path)
  func permission(of path: Span<UInt8>) -> Span<UInt8> { path.extracting(permissionRange) }

  @_lifetime(copy path)
  func environment(of path: Span<UInt8>) -> Span<UInt8> { path.extracting(environmentRange) }

  /// Whether the original path follows.
  var hasRest: Bool { permissionRange.upperBound < end }

  @_lifetime(copy path)
  func rest(of path: Span<UInt8>) -> Span<UInt8> { path.extracting(permissionRange.upperBound..<end) }

  /// A URI may come whole: what stands before the path is not for the journal.
  @_lifetime(copy uri)
  static func path(of uri: Span<UInt8>) -> Span<UInt8> {
    guard uri.count > 0, uri[0] != UInt8(ascii: "/") else { return uri }
    var index = 0
    while index + 2 < uri.count {
      if uri[index] == UInt8(ascii: ":"), uri[index + 1] == UInt8(ascii: "/"), uri[index + 2] == UInt8(ascii: "/") {
        return uri.extracting(slash(uri, from: index + 3)..<uri.count)
      }
      index += 1
    }
    return uri
  }

  private static func slash(_ path: Span<UInt8>, from start: Int) -> Int {
    var index = start
    while index < path.count, path[index] != UInt8(ascii: "/") { index += 1 }
    return index
  }
}
