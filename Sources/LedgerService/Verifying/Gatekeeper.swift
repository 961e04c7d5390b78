public import Cryptography
import EventLog
import Formats
public import KeyLedger
import Projections

/// What a gateway asks about one operation.
public struct GateQuestion: Sendable {
  public var presented: SecretBytes
  /// A permission of a resource that there is not, or that the resource does not allow, is held by nobody.
  public var permission: Permission?
  public var environment: Slug?
  public var customerID: String?
  public var customerToken: String?

  public init(
    _ presented: SecretBytes, permission: Permission? = nil, environment: Slug? = nil, customerID: String? = nil,
    customerToken: String? = nil
  ) {
    self.presented = presented
    self.permission = permission
    self.environment = environment
    self.customerID = customerID
    self.customerToken = customerToken
  }
}

public struct GateAnswer: Sendable, Equatable {
  public let outcome: VerificationOutcome
  /// Nil for `malformed` and `unknown`.
  public let key: Key?
  /// The customer that a token proved, of a key that is valid.
  public let customerProven: String?

  /// What a gateway is told of a key.
  public struct Key: Sendable, Equatable {
    public let id: KeyID
    public let expiresAt: Instant?
    public let traits: KeyTraits

    public var kind: KeyKind { traits.kind }
    public var environment: Slug { traits.environment }
    public var scope: Scope { traits.scope }
    /// The permissions with a space between them; `*` for everything.
    public var scopeWords: String { traits.scopeWords }
  }
}

/// Verifies keys in a process that runs on, from memory. Before it answers it looks whether anybody has appended and
/// takes that in; if the look or the taking in fails it refuses, and never answers from what it knew before. So a
/// revocation that has returned, in whatever process, is obeyed.
///
/// An instance belongs to one thread at a time; what it knows may be shared with others. At most 128 bytes a key.
public final class Gatekeeper {
  private let log: any EventLog
  private let clock: any Clock
  private let sealed: SealedRows
  private var shown: GuardWatch
  let index: SharedIndex
  /// The moment that this turn's answers rest on, or why there are none.
  var turn = Result<Instant, Refusal>.failure(SharedIndex.unseen)
  /// Set while the ledger lacks what it once showed: users are still known, and no key is verified.
  private var restoration: Refusal?
  private var lastTime: Instant?
  /// The log's counter when the index was last brought to the head; nil when that has not succeeded.
  private var counter: Int64?
  private var signing: [Slug: (secret: SigningSecret, bytes: SecretBytes)] = [:]
  private var lostAt: [Slug: Instant] = [:]
  private var traits = TraitMemory()

  /// A signing secret that was lost is looked for again after so long: its vault may be back. Milliseconds.
  private static let vaultPause: Int64 = 1_000

  /// Folds as much of the log as nobody has before. Cost: proportional to it.
  public convenience init(
    _ directory: LedgerDirectory, clock: any Clock = SystemClock(), sharing index: SharedIndex? = nil
  ) throws(Refusal) {
    do {
      let log = try SQLiteLog(path: directory.ledger, mode: .readOnly)
      let shown = GuardWatch(directory.rollbackGuard(of: log.ledger))
      try self.init(
        log, clock: clock, sealed: SealedRows(directory, ledger: log.ledger), shown: shown,
        sharing: index ?? SharedIndex(of: log.ledger))
    } catch {
      throw Refusal(translating: error)
    }
  }

  init(_ log: any EventLog, clock: any Clock, sealed: SealedRows, shown: GuardWatch, sharing index: SharedIndex) throws
  {
    self.log = log
    self.clock = clock
    self.sealed = sealed
    self.shown = shown
    self.index = index
    try look()
  }

  /// Looks, then judges. Throws when the look or the catching up fails: a gateway hears 503.
  public func answer(_ question: GateQuestion) throws(Refusal) -> GateAnswer {
    let now = try current()
    return try judge(question, at: now)
  }

  /// One look for all of them: they arrived before it.
  public func answer(_ questions: [GateQuestion]) throws(Refusal) -> [GateAnswer] {
    let now = try current()
    return try questions.map { (question) throws(Refusal) in try judge(question, at: now) }
  }

  // MARK: Looking

  /// As `looked`, and refuses where no key may be verified.
  private func current() throws(Refusal) -> Instant {
    let now = try looked()
    if let closure { throw closure }
    return now
  }

  /// Why no key is verified, though its users are known.
  var closure: Refusal? { restoration ?? index.closure }

  /// Brings the index to the head, and says what time it is: never before the log's last event.
  func looked() throws(Refusal) -> Instant {
    do {
      try look()
    } catch {
      throw Refusal(translating: error)
    }
    let now = clock.now()
    return max(now, lastTime ?? now)
  }

  private func look() throws {
    // The counter is read before the log: what is appended in between is seen twice, never missed.
    let seen = try log.changeCounter()
    let isGuardTheSame = shown.look()
    guard seen != counter || !isGuardTheSame else { return }
    counter = nil
    try index.catchUp(with: log) { log in
      restoration = if case .restored(let reason) = try shown.state(of: log) { .restored(reason) } else { nil }
      lastTime = try log.lastTime()
    }
    counter = seen
  }

  // MARK: Judging

  private func judge(_ question: GateQuestion, at now: Instant) throws(Refusal) -> GateAnswer {
    var answer = Result<GateAnswer, Refusal>.failure(SharedIndex.unseen)
    question.presented.withBytes { secret in
      answer = Result { () throws(Refusal) in
        try judge(
          secret.span, permission: question.permission, environment: question.environment,
          customer: (question.customerID, question.customerToken), at: now)
      }
    }
    return try answer.get()
  }

  func judge(
    _ secret: Span<UInt8>, permission: Permission?, environment: Slug?, customer: (id: String?, token: String?),
    at now: Instant
  ) throws(Refusal) -> GateAnswer {
    var request = VerificationRequest(permission: permission, environment: environment)
    // What is longer than any secret is of no key, and not worth hashing.
    let digest = secret.count <= SecretForm.maximumBytes ? Hash256(SHA256.hash(secret)) : nil
    guard let digest, var finding = try find(digest, request, at: now) else {
      let isMalformed = SecretForm.isMalformed(Array(copying: secret))
      return GateAnswer(outcome: isMalformed ? .malformed : .unknown, key: nil, customerProven: nil)
    }
    if finding.isClient, let environment = try state(of: finding.key.environment) {
      request.customer = CustomerProof(id: customer.id, token: customer.token)
        .evidence(isEnforced: environment.isEnforced) { signingSecret(of: environment, at: now) }
      finding = try find(digest, request, at: now) ?? finding
    }
    return GateAnswer(
      outcome: finding.outcome, key: finding.key,
      customerProven: finding.outcome == .valid && request.customer == .right ? customer.id : nil)
  }

  /// What the index says of a secret.
  private struct Finding {
    let key: GateAnswer.Key
    let outcome: VerificationOutcome
    /// Whether a customer's token may come with it.
    let isClient: Bool
  }

  private func find(_ digest: Hash256, _ request: VerificationRequest, at now: Instant) throws(Refusal) -> Finding? {
    try index.read { state in
      guard let entry = state.index.find(digest) else { return nil }
      return Finding(
        key: GateAnswer.Key(id: entry.id, expiresAt: entry.expiresAt, traits: traits.find(entry, in: state)),
        outcome: state.index.judge(entry, request, at: now),
        isClient: entry.kind == .publishable && entry.status(at: now).isValid)
    }
  }

  private func state(of environment: Slug) throws(Refusal) -> EnvironmentState? {
    try index.read { state in state.index.environment(environment) }
  }

  /// From the vault once for each generation, so that answering does not touch the disk.
  private func signingSecret(of environment: EnvironmentState, at now: Instant) -> SecretBytes? {
    if let known = signing[environment.id], known.secret == environment.signing { return known.bytes }
    if let lost = lostAt[environment.id], now.isWithin(Gatekeeper.vaultPause, of: lost) { return nil }
    sealed.retry()
    guard let bytes = sealed.signingSecret(of: environment.id, environment.signing) else {
      lostAt[environment.id] = now
      return nil
    }
    lostAt[environment.id] = nil
    signing[environment.id] = (environment.signing, bytes)
    return bytes
  }
}
