import Cryptography
import EventLog
import KeyLedger
import Projections
import Vault

/// One command, inside the transaction of its batch: load, authorise, recognise a repeat, decide, append, answer.
///
/// Throws a `Refusal` when nothing was touched, so that its neighbours go on; any other error ends the batch.
struct CommandExecution {
  let log: any LogWriter
  let guardState: GuardState
  let vault: Vault
  let sealing: VaultTransaction
  let views: Views?
  let clock: any Clock
  let randomness: any Randomness

  func execute(_ request: Request, _ set: inout WorkingSet) throws -> Outcome {
    try request.checkUsage()
    try refuseIfRestored(request.command)
    let loader = SituationLoader(reader: log, vault: vault)
    let ledger = try set.ledger(log)
    let now = self.now(for: request, set)
    let caller = try loader.caller(request.credential, &set)
    let command = try loader.resolved(request.command, &set)
    try Policy.authorise(command, by: caller, at: now, in: ledger)
    let key = request.idempotencyKey.map { IdempotencyKey.hash($0, of: caller.actor) }
    if let key {
      let repeated = RepeatRecognition(log: log, vault: vault, views: views)
      if let outcome = try repeated.outcome(of: command, key: key, at: now, &set) { return outcome }
    }

    var situation = Situation(now: now, caller: caller, ledger: ledger)
    situation.clockIsBehind = request.backfilledAt == nil && clockIsBehind(set)
    situation.expectedRevision = request.expectedRevision
    situation.restoration = try restoration()
    try loader.load(command, &situation, &set)
    let revealed = try revealedSecret(command, situation)
    situation.secretIsAvailable = revealed != nil
    let preparation = Preparation(for: command, situation, at: now, from: randomness)
    let drafts = try Decider(situation, preparation.materials).decide(command)
    if drafts.isEmpty {
      let moment = Moment(sequence: set.size, time: now)
      return Outcome(
        events: [], repeated: false, answer: Answers.unchanged(command, situation), asOf: moment, ledger: ledger)
    }
    let marks = marks(for: request, command, key, preparation)
    if request.backfilledAt != nil { try checkBackfill(at: now, ledger, set) }
    try seal(drafts, preparation, request.legacySecrets, &set)
    let appended = try log.append(drafts, at: now, marks: marks, expected: [:])
    for item in appended { set.apply(item.event) }
    if let handle = preparation.handle, let user = preparation.materials.user { set.hold(handle.handle, for: user.id) }
    return Outcome(
      events: appended, repeated: false, answer: try Answers.changed(command, by: appended, log, &set),
      secrets: preparation.keySecrets.filter { id, _ in isFresh(id, appended) }, secret: revealed ?? preparation.token,
      asOf: Moment(sequence: set.size, time: appended.last?.event.time ?? now), ledger: try set.ledger(log))
  }

  /// The later of the clock and the log's last event; in a backfill, the time that the line says.
  private func now(for request: Request, _ set: WorkingSet) -> Instant {
    if let time = request.backfilledAt { return time }
    let clock = clock.now()
    return set.lastTime.map { max($0, clock) } ?? clock
  }

  private func clockIsBehind(_ set: WorkingSet) -> Bool {
    guard let last = set.lastTime else { return false }
    return clock.now().advanced(by: Situation.clockTolerance) < last
  }

  /// A generated secret is told; a legacy one stays where it came from.
  private func isFresh(_ id: KeyID, _ appended: [AppendedEvent]) -> Bool {
    appended.contains { item in
      guard case .key(_, id) = item.event.stream, case .keyCreated = item.event.data else { return false }
      return true
    }
  }

  // MARK: Marks

  private func marks(
    for request: Request, _ command: Command, _ key: Hash256?, _ preparation: Preparation
  ) -> EventMarks {
    // A trace context that is none is dropped, as W3C Trace Context §3.2.2 has it.
    var marks = EventMarks(traceparent: request.traceparent.flatMap { TraceParent.isValid($0) ? $0 : nil })
    if let key {
      let requestHash = RequestHash(commitment: preparation.handle?.commitment).hash(command)
      marks.idempotency = Idempotency(key: key, request: requestHash)
    }
    if request.backfilledAt != nil, case .author(_, let by) = request.credential {
      marks.recorded = Recorded(time: clock.now(), by: .operator(by))
    }
    return marks
  }

  /// History goes in before anything of the ledger's own, in its own order, and none from the future.
  private func checkBackfill(at time: Instant, _ ledger: LedgerState, _ set: WorkingSet) throws {
    // By induction the last event tells: it was only accepted if all before it were of this kind.
    if let last = try log.event(set.size), last.marks.recorded == nil, last.time != ledger.foundedAt {
      throw Refusal(
        .timeOutOfOrder, "This ledger holds events of its own: history goes into one that holds nothing else yet.")
    }
    if let last = set.lastTime, time < last {
      throw Refusal(
        .timeOutOfOrder, "The time lies before the last event's; give the lines in the order in which they happened.")
    }
    guard time <= clock.now() else {
      throw Refusal(.timeOutOfOrder, "The time has not come yet; history ends now.")
    }
  }

  // MARK: Vault

  /// The secret that a command asks to see, if the vault opens it to what the log says it is.
  private func revealedSecret(_ command: Command, _ situation: Situation) throws -> SecretBytes? {
    switch command {
    case .revealKey:
      guard let key = situation.key else { return nil }
      return try vault.secret(owner: key.id.description, kind: VaultKind.key, fingerprint: key.fingerprint)
    case .revealSigningSecret:
      guard let environment = situation.environment else { return nil }
      return try vault.secret(
        owner: environment.id.text, kind: VaultKind.signing(environment.signing.generation),
        fingerprint: environment.signing.sha256)
    default: return nil
    }
  }

  /// Seals what the drafts create and notes what they end, in the vault's own transaction, which commits first.
  private func seal(
    _ drafts: [Draft], _ preparation: Preparation, _ legacy: LegacySecrets, _ set: inout WorkingSet
  ) throws {
    for draft in drafts {
      switch (draft.stream, draft.data) {
      case (.key(_, let id), .keyCreated):
        if let secret = preparation.keySecrets[id] { try sealing.put(id.description, VaultKind.key, secret) }
      case (.key(_, let id), .keyMigrated(let record)):
        if let secret = record.kind == .publishable ? legacy.client : legacy.server, record.revealable {
          try sealing.put(id.description, VaultKind.key, secret)
        }
      case (.environment(let id), .environmentProvisioned(let signing)),
        (.environment(let id), .clientSecuritySecretRotated(let signing)):
        if let secret = preparation.signingSecret {
          try sealing.put(id.text, VaultKind.signing(signing.generation), secret)
        }
      case (.user(let id), .userAdded):
        if let handle = preparation.handle {
          try sealing.put(id.description, VaultKind.handle, SecretBytes(handle.content))
        }
      default: continue
      }
    }
    for ending in drafts.compactMap(\.ending) {
      try sealing.schedule(ending)
      set.note(dueAt: ending.at ?? Ending.atOnce)
    }
  }
}

/// The kinds of rows in the vault, beside their owner.
enum VaultKind {
  static let key = "key"
  static let handle = SealedHandle.kind
  static func signing(_ generation: UInt64) -> String { "signing.\(generation)" }
}

extension Vault {
  /// The sealed secret, if it opens and is the one whose SHA-256 is in the log; otherwise it is lost.
  func secret(owner: String, kind: String, fingerprint: Hash256) throws -> SecretBytes? {
    guard let opened = try open(owner: owner, kind: kind),
      opened.withBytes({ SecretForm.fingerprint($0) }) == fingerprint
    else { return nil }
    return opened
  }
}
