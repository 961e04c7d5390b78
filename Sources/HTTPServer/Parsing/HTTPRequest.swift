/// A request as it stands in the connection's buffer. Everything is raw bytes: nothing is decoded, copied or allocated.
package struct HTTPRequest: ~Escapable {
  private let bytes: Span<UInt8>
  private let head: HTTPHead
  private let bodyCount: Int

  @_lifetime(copy bytes)
  init(bytes: Span<UInt8>, head: HTTPHead, bodyCount: Int) {
    (self.bytes, self.head, self.bodyCount) = (bytes, head, bodyCount)
  }

  package var method: HTTPMethod { head.method }

  /// The method as sent, for those that `HTTPMethod` calls `other`.
  package var methodBytes: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(head.methodRange) }
  }

  /// The path, percent-encoded as sent. Begins with `/`, or is `*` with OPTIONS.
  package var path: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(head.path) }
  }

  /// Whether the target had a `?`.
  package var hasQuery: Bool { head.query != nil }

  /// What stands behind the `?`, percent-encoded as sent; empty without one.
  package var query: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(head.query ?? 0..<0) }
  }

  /// `host [":" port]`, valid: of an absolute target, else of Host (RFC 9112 §3.2.2). Empty when HTTP/1.0 sent neither.
  package var authority: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(head.authority ?? 0..<0) }
  }

  /// HTTP/1.0; else it is 1.1.
  package var isVersion10: Bool { head.isVersion10 }

  /// Whether the client wants to send more requests on this connection.
  package var keepsAlive: Bool { head.keepsAlive }

  /// Whether the head announces content, which is then `body` unless `bodyLimit` said not to read it.
  package var announcesBody: Bool { head.framing != .none }

  /// The content without its framing.
  package var body: Span<UInt8> {
    @_lifetime(copy self)
    get { bytes.extracting(head.length..<head.length + bodyCount) }
  }

  package var fieldCount: Int { head.fields.count }

  @_lifetime(copy self)
  package func fieldName(_ index: Int) -> Span<UInt8> {
    bytes.extracting(Int(head.fields[index].name.lowerBound)..<Int(head.fields[index].name.upperBound))
  }

  /// The value, without blanks around it. May hold bytes from 0x80 on in any order, and tabs.
  @_lifetime(copy self)
  package func fieldValue(_ index: Int) -> Span<UInt8> {
    bytes.extracting(Int(head.fields[index].value.lowerBound)..<Int(head.fields[index].value.upperBound))
  }

  /// The fields of this name, in any case of ASCII. Costs a comparison of lengths for each field that has another.
  ///
  /// - Parameter name: in lower case.
  package func fields(_ name: StaticString) -> HTTPFieldMatch {
    var match = HTTPFieldMatch()
    for (index, field) in head.fields.enumerated() where field.name.count == name.utf8CodeUnitCount {
      guard bytes.isWord(name, in: Int(field.name.lowerBound)..<Int(field.name.upperBound)) else { continue }
      if match.count == 0 { match.first = index }
      match.count += 1
    }
    return match
  }
}

/// Where a field stands, and how often.
package struct HTTPFieldMatch {
  /// Field lines of the name.
  package fileprivate(set) var count = 0
  /// The first of them, to ask `fieldValue` for; meaningless when there is none.
  package fileprivate(set) var first = 0
}
