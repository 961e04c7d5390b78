/// The name of an environment, a resource or an integration: `[a-z][a-z0-9_-]{0,62}`. ASCII, so it compares as bytes.
public struct Slug: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let text: String

  public init?(_ text: String) {
    let bytes = text.utf8
    guard bytes.count <= Slug.maximumBytes, let first = bytes.first, Slug.isLetter(first),
      bytes.allSatisfy({ Slug.isLetter($0) || Slug.isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") })
    else { return nil }
    self.text = text
  }

  /// As from text, and at the speed that replaying a million events wants.
  public init?(_ text: Span<UInt8>) {
    guard (1...Slug.maximumBytes).contains(text.count), Slug.isLetter(text[0]) else { return nil }
    for index in text.indices {
      let byte = text[index]
      guard Slug.isLetter(byte) || Slug.isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") else {
        return nil
      }
    }
    self.text = unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }

  public static let maximumBytes = 63

  public var description: String { text }

  public static func < (a: Slug, b: Slug) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }

  private static func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
