public import Cryptography
package import EventLog
import Glibc
public import KeyLedger
import Vault

/// A ledger that has just begun.
public struct Founding: Sendable {
  public let ledger: LedgerID
  public let owner: (id: UserID, token: SecretBytes)?
  package let events: [AppendedEvent]
  public let time: Instant
}

extension LedgerService {
  /// Makes a new ledger. It is built under another name and renamed last, so a crash leaves no half of one.
  ///
  /// `time` is for a ledger whose history will be backfilled: when that history began.
  public static func found(
    _ directory: LedgerDirectory, plan: Plan, owner: String?, by name: OperatorName, at time: Instant? = nil,
    clock: any Clock = SystemClock(), randomness: any Randomness = SystemRandomness()
  ) throws(Refusal) -> Founding {
    do {
      return try Founder(directory, clock, randomness).found(plan: plan, owner: owner, by: name, at: time)
    } catch {
      throw Refusal(translating: error)
    }
  }
}

private struct Founder {
  private let new: NewDirectory
  private let clock: any Clock
  private let randomness: any Randomness
  private var building: LedgerDirectory { new.building }

  init(_ directory: LedgerDirectory, _ clock: any Clock, _ randomness: any Randomness) {
    new = NewDirectory(directory, for: "founding", option: "--data", randomness)
    self.clock = clock
    self.randomness = randomness
  }

  func found(plan: Plan, owner: String?, by name: OperatorName, at time: Instant?) throws -> Founding {
    let now = clock.now()
    let time = time ?? now
    guard time <= now else { throw Refusal(.badUsage, "The founding time has not come yet; give one that has.") }
    guard time.fitsInID else {
      throw Refusal(.badUsage, "The founding time lies before 1970, which no id can hold; give a later one.")
    }
    try new.checkTarget()
    let preparation = try prepare(owner, at: time)
    try new.make()
    do {
      let ledger = LedgerID(time: time, randomness: randomness.ulidBits())
      let drafts = Decider.found(plan: plan, by: .operator(name), owner: preparation?.materials.user)
      let (events, head) = try build(ledger, drafts, at: time, preparation)
      try settle(building.rollbackGuard(of: ledger), at: head)
      let founder = preparation.flatMap { made in
        made.materials.user.flatMap { user in made.token.map { (id: user.id, token: $0) } }
      }
      return Founding(ledger: ledger, owner: founder, events: events, time: time)
    } catch {
      new.discard()
      throw error
    }
  }

  /// The first owner's id, token and sealed handle; judged as any new user's would be.
  private func prepare(_ owner: String?, at time: Instant) throws -> Preparation? {
    guard let owner else { return nil }
    try Decider.check(handle: owner)
    return Preparation(forOwner: owner, at: time, from: randomness)
  }

  private func build(_ ledger: LedgerID, _ drafts: [Draft], at time: Instant, _ preparation: Preparation?) throws
    -> ([AppendedEvent], LogHead)
  {
    try building.makeVault(randomness)
    let vault = try building.openVault(of: ledger, randomness: randomness)
    defer { vault.close() }
    if let handle = preparation?.handle, let user = preparation?.materials.user {
      try vault.begin()
      try vault.put(owner: user.id.description, kind: VaultKind.handle, content: handle.content)
      try vault.commit()
    }
    let (log, appended) = try SQLiteLog.create(path: building.ledger, ledger: ledger, founding: drafts, at: time)
    return (appended, try log.read { try $0.head() })
  }

  /// The commit point. A guard that is kept elsewhere may be left alone by a crash in between; the next founding there
  /// says so.
  private func settle(_ rollback: RollbackGuard, at head: LogHead) throws {
    try rollback.begin(at: head)
    try new.settle { unsafe unlink(rollback.path) }
  }
}

extension Instant {
  /// Whether the 48 bits of milliseconds of an id can hold it: from 1970 on.
  var fitsInID: Bool { (0..<1 << 48).contains(milliseconds) }
}
