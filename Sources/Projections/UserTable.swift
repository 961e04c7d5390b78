package import KeyLedger

/// Every user, found by the SHA-256 of the access token that is good now: who it is that calls. A fold of their streams.
package struct UserTable: Sendable, Equatable {
  private var users: [UserID: UserState] = [:]
  private var byToken: [Hash256: UserID] = [:]

  mutating func evolve(_ id: UserID, _ event: Event) {
    let before = users[id]?.token
    if users[id] == nil { users[id] = UserState(beginning: event) } else { users[id]?.evolve(event) }
    let after = users[id]?.token
    if let before, before != after { byToken[before] = nil }
    if let after { byToken[after] = id }
  }

  /// Nil for a token that is none's, or has been replaced or ended.
  package func user(token: Hash256) -> UserState? { byToken[token].flatMap { users[$0] } }

  package func user(_ id: UserID) -> UserState? { users[id] }
}
