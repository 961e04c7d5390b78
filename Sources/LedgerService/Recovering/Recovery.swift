package import EventLog
import Formats
import Glibc
package import KeyLedger
import Transparency
import Vault

/// What `recover` saved, and what it could not.
package struct Recovery: Sendable {
  package let salvage: Salvage
  package let shown: Shown
  package let vault: VaultFate
  /// The lines for `apply`, in `endingsFile`; none and no file where nothing ended behind the break.
  package let endings: Int
  package let endingsFile: String
  /// Commands for what ended and no line can say.
  package let byHand: [String]

  /// The greatest number of an event that anything speaks of.
  package var last: UInt64 { if case .more(let size) = shown { max(size, salvage.last) } else { salvage.last } }
  /// Whether more than `last` may be lost.
  package var isEndKnown: Bool { salvage.isEndKnown && last == salvage.last }

  /// What the rollback guard of the damaged ledger says.
  package enum Shown: Equatable, Sendable {
    /// Nothing, and why.
    case nothing(String)
    /// What was saved begins with the so many events that were shown.
    case agrees(UInt64)
    /// More events were shown than were saved.
    case more(UInt64)
    /// The so many events that were shown are not those that were saved.
    case contradicts(UInt64)
  }

  package enum VaultFate: Sendable {
    case copied
    /// Why it is lost: reveals, signing secrets and names.
    case lost(String)
  }

  /// What the file of endings is called in the new directory.
  package static let endingsName = "recovered-endings.ndjson"
}

extension LedgerService {
  /// Saves the longest whole beginning of a damaged ledger that nobody serves, in a new directory. The damaged one is read
  /// only. What is made writes no rollback guard, so it counts as restored until it is accepted.
  ///
  /// Built under another name and renamed last, so a crash leaves no half of it, and only when it verifies. Needs room
  /// for the ledger's file thrice.
  ///
  /// - Parameter progress: what is done and all there is, of the step that is named.
  package static func recover(
    _ damaged: LedgerDirectory, into target: LedgerDirectory, clock: any Clock = SystemClock(),
    randomness: any Randomness = SystemRandomness(), progress: @escaping StepProgress = { _, _, _ in }
  ) throws(Refusal) -> Recovery {
    do {
      return try Recoverer(damaged, target, clock, randomness, progress).recover()
    } catch {
      throw Refusal(translating: error)
    }
  }
}

private struct Recoverer {
  private let damaged: LedgerDirectory
  private let new: NewDirectory
  private let clock: any Clock
  private let randomness: any Randomness
  private let progress: StepProgress
  private var building: LedgerDirectory { new.building }
  /// What is read of the damaged ledger.
  private var copy: String { building.path + "/damaged.sqlite" }

  init(
    _ damaged: LedgerDirectory, _ target: LedgerDirectory, _ clock: any Clock, _ randomness: any Randomness,
    _ progress: @escaping StepProgress
  ) {
    self.damaged = damaged
    new = NewDirectory(target, for: "recovering", option: "--into", randomness)
    self.clock = clock
    self.randomness = randomness
    self.progress = progress
  }

  func recover() throws -> Recovery {
    guard LedgerDirectory.mode(of: damaged.ledger) != nil else {
      throw Refusal(
        .damaged, "There is no ledger.sqlite in \(damaged.path); name the data directory that was damaged.")
    }
    try checkIdle()
    try new.checkOutside(damaged)
    try new.checkTarget()
    try new.make()
    do {
      let recovery = try build()
      try new.settle()
      return recovery
    } catch {
      new.discard()
      throw error
    }
  }

  /// Refuses a ledger that another process has open: what is copied while somebody writes is of no one moment. Every
  /// connection holds a lock on these bytes (SQLite file format §1.4 and its `os.h`).
  private func checkIdle() throws(Refusal) {
    let file = unsafe open(damaged.ledger, O_RDONLY | O_CLOEXEC)
    // What keeps it from being read is said where it is copied.
    guard file >= 0 else { return }
    defer { close(file) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_start = 0x4000_0002
    lock.l_len = 510
    guard unsafe fcntl(file, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return }
    throw Refusal(.busy, "Process \(lock.l_pid) has the ledger open; stop it, then repeat.")
  }

  private func build() throws -> Recovery {
    _ = try FileCopy.copy(damaged.ledger, to: copy)
    _ = try FileCopy.copy(damaged.ledger + "-wal", to: copy + "-wal")
    let recovery = LedgerRecovery(path: copy)
    let salvage = try survey(recovery)
    try recovery.build(salvage, at: building.ledger) {
      progress("Saving what is whole", Int(clamping: $0), Int(clamping: $1))
    }
    let vault = try saveVault(of: salvage.ledger)
    // To write, as a log that only reads leaves the files of its write-ahead log behind.
    let log = try SQLiteLog(path: building.ledger, mode: .readWrite)
    try verify(salvage)
    let (lines, byHand) = try endings(recovery, salvage, log)
    if !lines.isEmpty {
      let file = lines.flatMap { $0.line() + [UInt8(ascii: "\n")] }
      try FileCopy.make(building.path + "/" + Recovery.endingsName, file)
    }
    for suffix in ["", "-wal", "-shm"] { unsafe unlink(copy + suffix) }
    return Recovery(
      salvage: salvage, shown: try shown(salvage, log), vault: vault, endings: lines.count,
      endingsFile: new.target.path + "/" + Recovery.endingsName, byHand: byHand)
  }

  private func survey(_ recovery: LedgerRecovery) throws -> Salvage {
    do throws(LogError) {
      return try recovery.survey(
        shown: { if case .checkpoint(let shown) = damaged.rollbackGuard(of: $0).kept() { shown } else { nil } },
        progress: { progress("Reading what is damaged", Int(clamping: $0), Int(clamping: $1)) })
    } catch .unreadable(let sequence, let reason) {
      throw Refusal(
        .damaged,
        "Event \(sequence), with which a ledger begins, cannot be read: \(reason). Nothing can be saved of it; put a backup "
          + "in its place, or import an export.")
    }
  }

  /// What was made must be whole to whoever looks, and be what was read.
  private func verify(_ salvage: Salvage) throws {
    let origin = Checkpoint.origin(ledger: salvage.ledger.description)
    let read = KeptCheckpoint(Checkpoint(origin: origin, size: salvage.size, root: salvage.root), name: "what was read")
    let report = try LedgerVerifier(path: building.ledger).verify(against: [read]) { [progress] in
      progress("Verifying what was saved", Int(clamping: $0), Int(clamping: $1))
    }
    guard report.isWhole, report.size == salvage.size else {
      let what = report.findings.list.first?.what ?? "it has \(report.size) events"
      throw Refusal(
        .damaged, "What was saved does not verify: \(what). Nothing was made; try again with --into on another disk.")
    }
  }

  private func endings(_ recovery: LedgerRecovery, _ salvage: Salvage, _ log: SQLiteLog) throws
    -> (lines: [JSON], byHand: [String])
  {
    var endings = LostEndings()
    try recovery.beyond(salvage) { endings.take($0) }
    let now = clock.now()
    return try log.read { log in (try endings.lines(log, now: now), try endings.byHand(log)) }
  }

  private func shown(_ salvage: Salvage, _ log: SQLiteLog) throws -> Recovery.Shown {
    switch damaged.rollbackGuard(of: salvage.ledger).kept() {
    case .nothing(let why): return .nothing(why)
    case .checkpoint(let shown):
      if shown.size > salvage.size { return .more(shown.size) }
      let root = try log.read { try $0.root(at: shown.size) }
      return root == shown.root ? .agrees(shown.size) : .contradicts(shown.size)
    }
  }

  // MARK: The vault

  /// The vault with its root key, if every row of it can be read.
  private func saveVault(of ledger: LedgerID) throws -> Recovery.VaultFate {
    if building.rootKeyPath == building.path + "/root.key" {
      _ = try FileCopy.copy(damaged.rootKeyPath, to: building.rootKeyPath)
    }
    guard try FileCopy.copy(damaged.vault, to: building.vault) else { return .lost("there is none") }
    _ = try FileCopy.copy(damaged.vault + "-wal", to: building.vault + "-wal")
    do throws(VaultError) {
      let vault = try building.openVault(of: ledger, randomness: randomness)
      defer { vault.close() }
      _ = try vault.owners(kind: VaultKind.handle)
      return .copied
    } catch {
      for suffix in ["", "-wal", "-shm"] { unsafe unlink(building.vault + suffix) }
      return .lost(Refusal(translating: error).message)
    }
  }
}
