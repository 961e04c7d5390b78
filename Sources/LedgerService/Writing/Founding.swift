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
  private let target: LedgerDirectory
  private let building: LedgerDirectory
  private let clock: any Clock
  private let randomness: any Randomness

  init(_ directory: LedgerDirectory, _ clock: any Clock, _ randomness: any Randomness) {
    target = directory
    let path = directory.path + ".founding-" + randomness.bytes(4).map { String($0, radix: 16) }.joined()
    let ownKey = directory.rootKeyPath == directory.path + "/root.key"
    let ownGuard = directory.shownPath == directory.path + "/shown"
    building = LedgerDirectory(
      path: path, rootKeyPath: ownKey ? nil : directory.rootKeyPath, shownPath: ownGuard ? nil : directory.shownPath)
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
    try checkTarget()
    let preparation = try prepare(owner, at: time)
    guard unsafe mkdir(building.path, 0o700) == 0 else { throw Founder.failure("make", building.path) }
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
      discard()
      throw error
    }
  }

  private func checkTarget() throws {
    guard let mode = LedgerDirectory.mode(of: target.path) else { return }
    if LedgerDirectory.mode(of: target.ledger) != nil {
      throw Refusal(.alreadyExists, "\(target.path) holds a ledger already; use it, or name another place with --data.")
    }
    // An empty directory may be there already; rename puts the new one in its place.
    guard mode & S_IFMT == S_IFDIR else {
      throw Refusal(.alreadyExists, "\(target.path) is there and no directory; name another place with --data.")
    }
    guard unsafe rmdir(target.path) != 0 else { return }
    if errno == ENOTEMPTY || errno == EEXIST {
      throw Refusal(.alreadyExists, "\(target.path) is there and not empty; name another place with --data.")
    }
    // A mount point, for one.
    let reason = unsafe String(cString: strerror(errno))
    throw Refusal(
      .alreadyExists, "\(target.path) is there and cannot be replaced (\(reason)); name a place inside it with --data.")
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

  /// The commit point: a crash before the rename leaves no ledger, one after it a whole one, with its rollback guard. A
  /// guard kept elsewhere may be left alone by a crash in between; the next founding there says so.
  private func settle(_ rollback: RollbackGuard, at head: LogHead) throws {
    try rollback.begin(at: head)
    do {
      try Founder.sync(building.path)
      guard unsafe rename(building.path, target.path) == 0 else { throw Founder.failure("make", target.path) }
    } catch {
      unsafe unlink(rollback.path)
      throw error
    }
    try Founder.sync(Founder.parent(of: target.path))
  }

  private func discard() {
    for file in [building.ledger, building.vault, building.path + "/root.key"] {
      for suffix in ["", "-wal", "-shm"] { unsafe unlink(file + suffix) }
    }
    unsafe rmdir(building.path)
  }

  private static func sync(_ directory: String) throws {
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", directory) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("save", directory) }
  }

  private static func parent(of path: String) -> String {
    let trimmed = path.utf8.last == UInt8(ascii: "/") ? path.utf8.dropLast() : path.utf8[...]
    guard let slash = trimmed.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash]) ?? "."
  }

  private static func failure(_ verb: String, _ path: String) -> Refusal {
    let reason = errno
    if reason == ENOSPC || reason == EDQUOT { return Refusal(.noSpace, "The disk is full; make room and try again.") }
    let words = unsafe String(cString: strerror(reason))
    return Refusal(.damaged, "Cannot \(verb) \(path) (\(words)); check the permissions of the directory it lies in.")
  }
}

extension Instant {
  /// Whether the 48 bits of milliseconds of an id can hold it: from 1970 on.
  var fitsInID: Bool { (0..<1 << 48).contains(milliseconds) }
}
