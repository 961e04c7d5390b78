import Cryptography
public import KeyLedger
import Projections

// For a loop that answers in turns: it looks once, after all that arrived was read, and answers from what it saw.
extension Gatekeeper {
  /// Looks. When that fails, whatever is asked in this turn is refused with the reason.
  public func beginTurn() {
    do throws(Refusal) {
      turn = .success(try looked())
    } catch {
      turn = .failure(error)
    }
  }

  /// Judges a secret as of this turn's look. Nothing of note is allocated, but for publishable keys with a customer
  /// token.
  ///
  /// - Parameter customer: id and token, as they came.
  public func judge(
    _ presented: Span<UInt8>, permission: Permission?, environment: Slug?, customer: (id: String?, token: String?)
  ) throws(Refusal) -> GateAnswer {
    let now = try now()
    return try judge(presented, permission: permission, environment: environment, customer: customer, at: now)
  }

  /// Why nobody is judged in this turn; nil when all is well.
  public var problem: Refusal? { if case .failure(let refusal) = turn { refusal } else { closure } }

  /// The moment that this turn's verdicts rest on.
  public func now() throws(Refusal) -> Instant {
    let now = try turn.get()
    if let closure { throw closure }
    return now
  }

  /// The user whose access token this is; nil for nobody's.
  public func user(showing token: Span<UInt8>) throws(Refusal) -> (id: UserID, token: Hash256)? {
    _ = try turn.get()
    let digest = Hash256(SHA256.hash(token))
    return try index.read { (state) throws(Refusal) in state.index.users.user(token: digest)?.id }.map { ($0, digest) }
  }

  /// Whether the token by which somebody was let in is good still.
  public func isCurrent(_ id: UserID, token: Hash256) throws(Refusal) -> Bool {
    _ = try turn.get()
    return try index.read { (state) throws(Refusal) in state.index.users.user(token: token)?.id == id }
  }

  /// Whether another user handed the token over, so that it is good for renewing it alone.
  public func mustRenew(_ id: UserID) throws(Refusal) -> Bool {
    try index.read { (state) throws(Refusal) in state.index.users.user(id)?.mustRenewToken ?? false }
  }

  public func knows(_ environment: Slug) throws(Refusal) -> Bool {
    try index.read { (state) throws(Refusal) in state.index.environment(environment) != nil }
  }
}
