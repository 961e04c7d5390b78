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
  /// Built under another name and renamed last, so a crash leaves no half of it. Needs room for the ledger's file thrice.
  package static func recover(
    _ damaged: LedgerDirectory, into target: LedgerDirectory, clock: any Clock = SystemClock(),
    randomness: any Randomness = SystemRandomness()
  ) throws(Refusal) -> Recovery {
    do {
      return try Recoverer(damaged, target, clock, randomness).recover()
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
  private var building: LedgerDirectory { new.building }
  /// What is read of the damaged ledger.
  private var copy: String { building.path + "/damaged.sqlite" }

  init(_ damaged: LedgerDirectory, _ target: LedgerDirectory, _ clock: any Clock, _ randomness: any Randomness) {
    self.damaged = damaged
    new = NewDirectory(target, for: "recovering", option: "--into", randomness)
    self.clock = clock
    self.randomness = randomness
  }

  func recover() throws -> Recovery {
    guard LedgerDirectory.mode(of: damaged.ledger) != nil else {
      throw Refusal(.damaged, "There is no ledger.sqlite in \(damaged.path), so nothing to recover from.")
    }
    try checkPlace()
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

  /// Nothing is made inside what is damaged.
  private func checkPlace() throws {
    let parent = NewDirectory.parent(of: new.target.path)
    guard let inside = unsafe realpath(parent, nil), let outside = unsafe realpath(damaged.path, nil) else { return }
    defer {
      unsafe free(inside)
      unsafe free(outside)
    }
    let (place, ledger) = unsafe (String(cString: inside) + "/", String(cString: outside) + "/")
    guard !place.utf8.starts(with: ledger.utf8) else {
      throw Refusal(.badUsage, "\(new.target.path) lies in the damaged directory; name a place outside.")
    }
  }

  private func build() throws -> Recovery {
    _ = try FileCopy.copy(damaged.ledger, to: copy)
    _ = try FileCopy.copy(damaged.ledger + "-wal", to: copy + "-wal")
    let recovery = LedgerRecovery(path: copy)
    let salvage = try recovery.survey()
    try recovery.build(salvage, at: building.ledger)
    let vault = try saveVault(of: salvage.ledger)
    // To write, as a log that only reads leaves the files of its write-ahead log behind.
    let log = try SQLiteLog(path: building.ledger, mode: .readWrite)
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
