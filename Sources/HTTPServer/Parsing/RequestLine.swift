/// RFC 9112 §3: `request-line = method SP request-target SP HTTP-version`, exactly one SP each.
enum RequestLine {
  static func parse(_ line: Range<Int>, of bytes: Span<UInt8>, into head: inout HTTPHead) throws(HTTPRefusal) {
    var end = line.lowerBound
    while end < line.upperBound, bytes[end].isToken { end += 1 }
    guard end > line.lowerBound, end < line.upperBound, bytes[end] == 0x20 else { throw .badRequestLine }
    head.methodRange = line.lowerBound..<end
    head.method = HTTPMethod(bytes, in: head.methodRange)
    guard let space = bytes.first(0x20, in: end + 1..<line.upperBound), space > end + 1 else { throw .badRequestLine }
    head.isVersion10 = try isVersion10(space + 1..<line.upperBound, of: bytes)
    try parseTarget(end + 1..<space, of: bytes, into: &head)
  }

  /// RFC 9112 §2.3: `HTTP-version = "HTTP" "/" DIGIT "." DIGIT`. A higher minor version is served as 1.1 (RFC 9110
  /// §2.5); another major one is not served.
  private static func isVersion10(_ range: Range<Int>, of bytes: Span<UInt8>) throws(HTTPRefusal) -> Bool {
    let start = range.lowerBound
    guard range.count == 8, bytes.isExactly("HTTP/", in: start..<start + 5) else { throw .badVersion }
    guard bytes[start + 5].isDigit, bytes[start + 6] == 0x2E, bytes[start + 7].isDigit else { throw .badVersion }
    guard bytes[start + 5] == 0x31 else { throw .unsupportedVersion }
    return bytes[start + 7] == 0x30
  }

  /// RFC 9112 §3.2: `request-target = origin-form / absolute-form / authority-form / asterisk-form`.
  private static func parseTarget(
    _ target: Range<Int>, of bytes: Span<UInt8>, into head: inout HTTPHead
  ) throws(HTTPRefusal) {
    if head.method == .connect {
      // §3.2.3: authority-form is for CONNECT, and CONNECT has no other.
      throw Authority.isValid(target, of: bytes) ? .noTunnel : .badTarget
    } else if bytes[target.lowerBound] == 0x2F {
      try parsePath(target, of: bytes, into: &head)
    } else if bytes.isExactly("*", in: target) {
      // §3.2.4: for OPTIONS alone.
      guard head.method == .options else { throw .badTarget }
      head.path = target
    } else {
      try parseAbsolute(target, of: bytes, into: &head)
    }
  }

  /// §3.2.2: `absolute-form = absolute-URI`, of http or https: TLS may have ended before us.
  private static func parseAbsolute(
    _ target: Range<Int>, of bytes: Span<UInt8>, into head: inout HTTPHead
  ) throws(HTTPRefusal) {
    let start = target.lowerBound
    let scheme: Int
    if target.count > 7, bytes.isWord("http://", in: start..<start + 7) {
      scheme = 7
    } else if target.count > 8, bytes.isWord("https://", in: start..<start + 8) {
      scheme = 8
    } else {
      throw .badTarget
    }
    var end = start + scheme
    while end < target.upperBound, bytes[end] != 0x2F, bytes[end] != 0x3F { end += 1 }
    guard Authority.isValid(start + scheme..<end, of: bytes) else { throw .badTarget }
    head.authority = start + scheme..<end
    try parsePath(end..<target.upperBound, of: bytes, into: &head)
    // An empty path is the same as `/` (RFC 9110 §4.2.3), which is a byte of the scheme's end.
    if head.path.isEmpty { head.path = start + scheme - 1..<start + scheme }
  }

  /// `absolute-path [ "?" query ]`
  private static func parsePath(
    _ range: Range<Int>, of bytes: Span<UInt8>, into head: inout HTTPHead
  ) throws(HTTPRefusal) {
    var index = range.lowerBound
    var question: Int?
    while index < range.upperBound {
      let byte = bytes[index]
      if byte.isTarget {
        index += 1
        continue
      }
      if byte == 0x25 {
        guard index + 2 < range.upperBound, bytes[index + 1].hexadecimal != nil, bytes[index + 2].hexadecimal != nil
        else { throw .badTarget }
        index += 2
      } else if byte == 0x3F {
        question = question ?? index
      } else {
        throw .badTarget
      }
      index += 1
    }
    head.path = range.lowerBound..<(question ?? range.upperBound)
    head.query = question.map { $0 + 1..<range.upperBound }
  }
}
