/// Who did it, as every event names it.
public enum Actor: Hashable, Sendable, CustomStringConvertible {
  case user(UserID)
  case key(KeyID)
  case `operator`(OperatorName)
  case system

  public init?(_ text: String) {
    if sameBytes(text, "system") {
      self = .system
    } else if let id = Actor.rest(of: text, after: "user:").flatMap({ UserID($0) }) {
      self = .user(id)
    } else if let id = Actor.rest(of: text, after: "key:").flatMap({ KeyID($0) }) {
      self = .key(id)
    } else if let name = Actor.rest(of: text, after: "operator:").flatMap({ OperatorName($0) }) {
      self = .operator(name)
    } else {
      return nil
    }
  }

  public var description: String {
    switch self {
    case .user(let id): "user:" + id.description
    case .key(let id): "key:" + id.description
    case .operator(let name): "operator:" + name.text
    case .system: "system"
    }
  }

  private static func rest(of text: String, after prefix: String) -> String? {
    text.utf8.starts(with: prefix.utf8) ? String(text.utf8.dropFirst(prefix.utf8.count)) : nil
  }
}

/// Whoever sits at the data directory: `[A-Za-z0-9._@-]{1,64}`.
public struct OperatorName: Hashable, Sendable {
  public let text: String

  public init?(_ text: String) {
    let bytes = text.utf8
    guard (1...64).contains(bytes.count), bytes.allSatisfy(OperatorName.allows) else { return nil }
    self.text = text
  }

  private static func allows(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
