/// A user as the log knows one: an id, never a name.
public struct UserState: Equatable, Sendable {
  public let id: UserID
  public let commitment: Hash256
  public let added: Event.Place
  public private(set) var role: Role
  /// The SHA-256 of the access token; nil when it was ended, or the user removed.
  public private(set) var token: Hash256?
  /// Who issued the token: one from another user is good only for renewing it.
  public private(set) var tokenIssuer: Actor
  public private(set) var removed: Event.Place?
  public private(set) var forgotten = false
  public private(set) var revision: UInt64
  public private(set) var lastEvent: UInt64

  public init?(beginning event: Event) {
    guard case .user(let id) = event.stream, case .userAdded(let commitment, let role, let token) = event.data else {
      return nil
    }
    self.id = id
    self.commitment = commitment
    self.role = role
    self.token = token
    added = event.place
    tokenIssuer = event.actor
    revision = event.version
    lastEvent = event.sequence
  }

  public mutating func evolve(_ event: Event) {
    revision = event.version
    lastEvent = event.sequence
    switch event.data {
    case .userRoleChanged(_, let after): role = after
    case .userTokenRenewed(let token):
      self.token = token
      tokenIssuer = event.actor
    case .userTokenEnded: token = nil
    case .userRemoved:
      token = nil
      removed = event.place
    case .userForgotten: forgotten = true
    default: break
    }
  }

  public var isActiveOwner: Bool { role == .owner && removed == nil }

  /// Whether the token was handed over by somebody who therefore knew it.
  public var mustRenewToken: Bool {
    if case .user(let issuer) = tokenIssuer { return issuer != id }
    return false
  }

  public static func fold(_ events: some Sequence<Event>) -> UserState? {
    var state: UserState?
    for event in events {
      if state == nil { state = UserState(beginning: event) } else { state?.evolve(event) }
    }
    return state
  }
}
