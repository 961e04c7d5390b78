/// What an account has paid for. Creating a scoped key needs `scale`.
public enum Plan: String, Sendable, CaseIterable { case starter, scale }

public enum Role: String, Sendable, CaseIterable {
  case owner, member
  case readOnly = "read_only"
}

/// How long a rotated key stays valid. These five and no others.
public enum Grace: String, Sendable, CaseIterable {
  case now
  case oneHour = "1h"
  case oneDay = "24h"
  case threeDays = "3d"
  case sevenDays = "7d"

  public var milliseconds: Int64 {
    switch self {
    case .now: 0
    case .oneHour: 3_600_000
    case .oneDay: 86_400_000
    case .threeDays: 3 * 86_400_000
    case .sevenDays: 7 * 86_400_000
    }
  }
}

/// Whether a secret may be seen by the public. Also the prefix of a generated one.
public enum KeyClass: String, Sendable { case server, client }

public enum KeyKind: String, Sendable, CaseIterable {
  case fullAccess = "full_access"
  case publishable
  case scoped
  case integration

  public var keyClass: KeyClass { self == .publishable ? .client : .server }

  /// The type as the key table shows it.
  public var shownType: String { self == .scoped ? "Scoped" : "Default" }

  /// Whether the system keeps exactly one active in each environment.
  public var isDefault: Bool { self == .fullAccess || self == .publishable }
}

/// A resource type that permissions speak of.
public struct Resource: Hashable, Sendable {
  public let name: Slug
  public let clientReadable: Bool
  public let readOnly: Bool

  public init(name: Slug, clientReadable: Bool, readOnly: Bool) {
    self.name = name
    self.clientReadable = clientReadable
    self.readOnly = readOnly
  }
}
