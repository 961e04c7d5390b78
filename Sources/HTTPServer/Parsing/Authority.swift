/// `Host = uri-host [ ":" port ]` (RFC 9110 §7.2). No user information, and no empty host: `http` has none (§4.2.1).
enum Authority {
  static func isValid(_ range: Range<Int>, of bytes: Span<UInt8>) -> Bool {
    guard let first = range.first else { return false }
    let hostEnd: Int
    if bytes[first] == 0x5B {
      guard let bracket = bytes.first(0x5D, in: range) else { return false }
      guard isAddress6(first + 1..<bracket, of: bytes) else { return false }
      hostEnd = bracket + 1
    } else {
      hostEnd = bytes.first(0x3A, in: range) ?? range.upperBound
      guard hostEnd > first else { return false }
      for index in first..<hostEnd where !bytes[index].isHostName { return false }
    }
    guard hostEnd < range.upperBound else { return true }
    return bytes[hostEnd] == 0x3A && isPort(hostEnd + 1..<range.upperBound, of: bytes)
  }

  /// `port = *DIGIT`, and a number that fits.
  private static func isPort(_ range: Range<Int>, of bytes: Span<UInt8>) -> Bool {
    guard range.count <= 5 else { return false }
    var port = 0
    for index in range {
      guard bytes[index].isDigit else { return false }
      port = port * 10 + Int(bytes[index] &- 0x30)
    }
    return port <= 65_535
  }

  /// The characters of RFC 3986 §3.2.2 `IPv6address`; which of them make one is for whoever compares names.
  private static func isAddress6(_ range: Range<Int>, of bytes: Span<UInt8>) -> Bool {
    guard (2...45).contains(range.count) else { return false }
    for index in range where bytes[index].hexadecimal == nil && bytes[index] != 0x3A && bytes[index] != 0x2E {
      return false
    }
    return true
  }
}
