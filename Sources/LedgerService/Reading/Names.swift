import Cryptography
import EventLog
public import KeyLedger

/// What is known of a user's handle. The log holds only a commitment to it.
public enum HandleState: Sendable, Equatable {
  case known(String)
  /// Destroyed on purpose.
  case forgotten
  /// The vault has no row of it that opens.
  case lost
  /// The vault or its root key can't be had at the moment; `Queries.vaultProblem` says why.
  case unavailable
  /// The vault holds another one than the log is committed to.
  case mismatch
}

/// Names of users, joined from the vault when they are read and stored nowhere else.
public final class Names {
  private let log: any EventLog
  private let sealed: SealedRows
  /// What was read at the head below. A user may be forgotten by the next event.
  private var known: [UserID: HandleState] = [:]
  private var head: UInt64 = 0
  /// Whether any was wanted since this was last set.
  var wereAsked = false

  init(_ log: any EventLog, _ sealed: SealedRows) {
    self.log = log
    self.sealed = sealed
  }

  /// A new question at this head of the log: what was read at another one is dropped.
  func stand(at head: UInt64) {
    sealed.retry()
    if head != self.head { known = [:] }
    self.head = head
  }

  /// The handle as it is known today, also for a user as of the past: what is forgotten is forgotten for every moment.
  public func handle(of user: UserState) -> HandleState {
    wereAsked = true
    return user.forgotten ? .forgotten : handle(of: user.id)
  }

  /// How an actor is shown beside its id: a user's handle or why there is none; nil for everybody else.
  public func name(of actor: Actor) -> String? {
    guard case .user(let id) = actor else { return nil }
    wereAsked = true
    switch handle(of: id) {
    case .known(let handle): return handle
    case .forgotten: return "forgotten"
    case .mismatch: return "does not match the log"
    case .lost, .unavailable: return nil
    }
  }

  /// Whom somebody means who types a handle or an id; nil for nobody of this ledger. Cost for a handle: every user.
  public func user(_ handleOrID: String) throws(Refusal) -> UserID? {
    wereAsked = true
    do {
      return try log.read { log in
        if let id = UserID(handleOrID) { return try log.events(of: .user(id)).isEmpty ? nil : id }
        for id in try log.users() {
          let state = try known[id] ?? join(id, log)
          known[id] = state
          if case .known(let handle) = state, sameBytes(handle, handleOrID) { return id }
        }
        return nil
      }
    } catch {
      throw Refusal(translating: error)
    }
  }

  private func handle(of id: UserID) -> HandleState {
    if let state = known[id] { return state }
    // A name is never worth failing a read for.
    let state = (try? log.read { try join(id, $0) }) ?? .unavailable
    known[id] = state
    return state
  }

  private func join(_ id: UserID, _ log: any LogReader) throws -> HandleState {
    guard let user = UserState.fold(try log.events(of: .user(id))) else { return .lost }
    if user.forgotten { return .forgotten }
    guard let content = sealed.content(owner: id.description, kind: VaultKind.handle) else {
      return sealed.problem == nil ? .lost : .unavailable
    }
    return content.withBytes { bytes in
      guard let row = SealedHandle(content: bytes), row.commitment == user.commitment,
        let handle = String(validating: row.handle, as: UTF8.self)
      else { return .mismatch }
      return .known(handle)
    }
  }
}
