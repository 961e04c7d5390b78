/// The stream that an event belongs to: the `subject` of its record. A key's stream is short, so it is read whole.
public enum Stream: Hashable, Sendable, CustomStringConvertible {
  case ledger
  case user(UserID)
  case environment(Slug)
  case key(Slug, KeyID)

  public var description: String {
    switch self {
    case .ledger: "ledger"
    case .user(let id): Stream.users + id.description
    case .environment(let id): Stream.environments + id.text
    case .key(let environment, let id): Stream.name(of: id, in: environment)
    }
  }

  /// In one piece of memory: names of keys are written with every event.
  private static func name(of key: KeyID, in environment: Slug) -> String {
    var name = environments
    name.reserveCapacity(environments.utf8.count + environment.text.utf8.count + 6 + KeyID.prefix.utf8.count + 26)
    name += environment.text
    name += "/keys/"
    name += KeyID.prefix
    name += key.ulid.text
    return name
  }

  /// Strict: nil for text that is no stream of ours.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String($0) ?? "" }
    switch parts.count {
    case 1 where parts[0] == "ledger": self = .ledger
    case 2 where parts[0] == "users":
      guard let id = UserID(parts[1]) else { return nil }
      self = .user(id)
    case 2 where parts[0] == "environments":
      guard let id = Slug(parts[1]) else { return nil }
      self = .environment(id)
    case 4 where parts[0] == "environments" && parts[2] == "keys":
      guard let environment = Slug(parts[1]), let id = KeyID(parts[3]) else { return nil }
      self = .key(environment, id)
    default: return nil
    }
  }

  /// What the names of all user streams begin with.
  public static let users = "users/"
  /// What the names of all environment and key streams begin with.
  public static let environments = "environments/"
  /// What the names of the streams of an environment's keys begin with.
  public static func keys(of environment: Slug) -> String { environments + environment.text + "/keys/" }
}
