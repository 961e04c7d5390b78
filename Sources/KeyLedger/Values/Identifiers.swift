/// An id of one kind of thing: a fixed prefix and a ULID, such as `key_01J…`.
public protocol Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  static var prefix: String { get }
  var ulid: ULID { get }
  init(ulid: ULID)
}

extension Identifier {
  /// Strict: the prefix and a ULID, nothing else. Nil for any other text.
  public init?(_ text: String) {
    let prefix = Self.prefix
    guard text.utf8.starts(with: prefix.utf8) else { return nil }
    let bytes = text.utf8.span
    guard let ulid = ULID(bytes.extracting(prefix.utf8.count..<bytes.count)) else { return nil }
    self.init(ulid: ulid)
  }

  public init(time: Instant, randomness: UInt128) { self.init(ulid: ULID(time: time, randomness: randomness)) }

  public var description: String { Self.prefix + ulid.text }

  /// Appends the text.
  public func write(to text: inout [UInt8]) {
    text.append(contentsOf: Self.prefix.utf8)
    ulid.write(to: &text)
  }

  public static func < (a: Self, b: Self) -> Bool { a.ulid < b.ulid }
}

public struct LedgerID: Identifier {
  public static let prefix = "ldg_"
  public let ulid: ULID
  public init(ulid: ULID) { self.ulid = ulid }
}

public struct UserID: Identifier {
  public static let prefix = "usr_"
  public let ulid: ULID
  public init(ulid: ULID) { self.ulid = ulid }
}

public struct KeyID: Identifier {
  public static let prefix = "key_"
  public let ulid: ULID
  public init(ulid: ULID) { self.ulid = ulid }
}
