import Formats

/// By which names the service may be reached: another page's script must not get at it under a name of its own
/// (DNS rebinding).
struct HostCheck: Sendable {
  private let names: [[UInt8]]

  init(names: [String]) {
    self.names = names.map { $0.utf8.map(HostCheck.lowered) }
  }

  /// Whether a text could be the host of a request: a name, or an IPv6 address in brackets. Any other lets nobody in.
  static func isName(_ text: String) -> Bool {
    let isAddress6 = text.utf8.first == UInt8(ascii: "[") && text.utf8.last == UInt8(ascii: "]")
    let marks = isAddress6 ? "[:.]" : "-._"
    return !text.utf8.isEmpty && text.utf8.allSatisfy { Base62.isDigit($0) || marks.utf8.contains($0) }
  }

  /// - Parameter authority: `host [":" port]`.
  func admits(_ authority: Span<UInt8>) -> Bool {
    let host = HostCheck.host(of: authority)
    if HostCheck.equals(authority, host, "localhost") || HostCheck.equals(authority, host, "[::1]") { return true }
    if HostCheck.isLoopback4(authority, host) { return true }
    return names.contains { name in
      guard name.count == host else { return false }
      for index in 0..<host where HostCheck.lowered(authority[index]) != name[index] { return false }
      return true
    }
  }

  /// The length of the host, without its port.
  private static func host(of authority: Span<UInt8>) -> Int {
    var end = authority.count
    while end > 0, authority[end - 1] != UInt8(ascii: ":"), authority[end - 1] != UInt8(ascii: "]") { end -= 1 }
    guard end > 0, authority[end - 1] == UInt8(ascii: ":") else { return end > 0 ? end : authority.count }
    return end - 1
  }

  private static func equals(_ bytes: Span<UInt8>, _ count: Int, _ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    for index in 0..<count where unsafe lowered(bytes[index]) != word.utf8Start[index] { return false }
    return true
  }

  /// 127.0.0.0/8 in its usual form.
  private static func isLoopback4(_ bytes: Span<UInt8>, _ count: Int) -> Bool {
    guard count >= 9, count <= 15, equals(bytes.extracting(0..<4), 4, "127.") else { return false }
    var dots = 0
    for index in 0..<count {
      if bytes[index] == UInt8(ascii: ".") {
        dots += 1
      } else if bytes[index] &- UInt8(ascii: "0") > 9 {
        return false
      }
    }
    return dots == 3
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
