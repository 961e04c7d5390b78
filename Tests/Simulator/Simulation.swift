import Glibc
import KeyLedger
import LedgerService
import SeededRandom
import Synchronization

/// Many lives of one ledger: in each some processes take commands until the disk or they come to an end, and after each
/// a new one must find everything as it was told.
struct Simulation {
  struct Report: CustomStringConvertible {
    var commands = 0
    var acknowledged = 0
    var unknown = 0
    var powerCuts = 0
    var kills = 0
    var disk = SimulatedDisk.Tally()
    var events = 0

    var description: String {
      """
      \(powerCuts) power cuts, \(kills) kills; \(commands) commands, \(acknowledged) acknowledged, \(unknown) of \
      unknown outcome; \(disk.failedSyncs) syncs failed, \(disk.refusedWrites) writes found no room, \(disk.lostWrites) \
      lost, \(disk.tornWrites) torn; \(events) events
      """
    }
  }

  private let base: String
  private let disksLie: Bool
  private let clock = WildClock()
  private let randomness: SeededRandomness
  private var random: SplitMix64
  private var walk = Walk()
  private var life = 0
  private let world: World
  /// A command whose caller heard nothing.
  private var unanswered: Request?
  private(set) var report = Report()

  private var disk: SimulatedDisk { SimulatedVFS.disk }
  private var directory: LedgerDirectory { LedgerDirectory(path: base + "/\(life)") }

  /// - Parameters:
  ///   - base: an empty directory, the simulation's own.
  ///   - disksLie: whether syncs do nothing, so that the simulation must find a fault.
  init(seed: UInt64, base: String, disksLie: Bool) throws {
    self.base = base
    self.disksLie = disksLie
    random = SplitMix64(seed)
    randomness = SeededRandomness(seed &+ 1)
    SimulatedVFS.disk.begin(seed: seed &+ 2)
    let founding = try LedgerService.found(
      LedgerDirectory(path: base + "/founding"), plan: .scale, owner: "ada@example.com", by: World.operatorName,
      clock: clock, randomness: randomness)
    world = try World(founding)
    try begin(with: PlainFiles.read(base + "/founding"))
  }

  mutating func run(lives: Int, commands: Int) throws {
    for number in 1...lives {
      do {
        // Not after each, since looking puts in order what was left: the next processes must cope with it as it is.
        let plan = staged(number) ?? plan(commands)
        try live(plan, commands)
        if plan.isInspected || number == lives { try inspect() }
      } catch {
        throw Fault("life \(life): \(error)")
      }
    }
    report.acknowledged = world.acknowledged
    report.events = world.records.count
    report.disk = disk.tally
  }

  /// How a life goes.
  private struct Plan {
    var faults: SimulatedDisk.Faults
    var end: SimulatedDisk.End
    var isInspected: Bool
  }

  /// The two lives that each simulation begins with: a sync fails and the processes are killed, so that the next ones find
  /// what was never synced; they build on it, and then the power goes.
  private func staged(_ number: Int) -> Plan? {
    var faults = SimulatedDisk.Faults(syncsLie: disksLie)
    switch number {
    case 1:
      (faults.failingSyncs, faults.callsLeft) = (1, 60)
      return Plan(faults: faults, end: .kill, isInspected: false)
    case 2: return Plan(faults: faults, end: .powerCut, isInspected: true)
    default: return nil
    }
  }

  private mutating func plan(_ commands: Int) -> Plan {
    var faults = SimulatedDisk.Faults(syncsLie: disksLie)
    if random.below(8) != 0 { faults.callsLeft = random.below(commands * 24) }
    if random.below(3) == 0 { faults.failingSyncs = 8 + random.below(40) }
    if random.below(4) == 0 { faults.fullWrites = 60 + random.below(200) }
    return Plan(faults: faults, end: random.below(2) == 0 ? .powerCut : .kill, isInspected: random.below(3) != 0)
  }

  // MARK: A life

  private mutating func live(_ plan: Plan, _ commands: Int) throws {
    let captured = Mutex<[String: [UInt8]]>([:])
    let path = directory.path
    disk.plan(plan.faults) { captured.withLock { $0 = PlainFiles.readOthers(path) } }
    do {
      try serve(commands)
    } catch let refusal as Refusal {
      guard disk.isOff || disk.hasFailed else { throw refusal }
    }
    // A clean end is a kill after the last byte was written.
    disk.turnOff()
    if plan.end == .powerCut { report.powerCuts += 1 } else { report.kills += 1 }
    try move(from: path, after: plan.end, beside: captured.withLock { $0 })
  }

  /// Two writers and a gate, as three processes are.
  private mutating func serve(_ commands: Int) throws {
    let writers = try (0..<2).map { _ in try open() }
    defer { for writer in writers { writer.close() } }
    let gate = try Gatekeeper(directory, clock: clock)
    guard try askAgain(writers[0]) else { return }
    for _ in 0..<commands {
      clock.move(&random)
      let request = walk.next(world, &random)
      report.commands += 1
      guard try ask(request, of: random.pick(writers)) else { return }
      if random.below(4) == 0 { try look(gate) }
    }
  }

  private func open() throws(Refusal) -> LedgerService {
    try LedgerService(directory, clock: clock, randomness: randomness)
  }

  /// A look that fails refuses, which is right whatever the key is worth.
  private func look(_ gate: Gatekeeper) throws {
    do {
      try Inspection(directory: directory, clock: clock, world: world).gate(gate)
    } catch let refusal as Refusal {
      guard disk.isOff || disk.hasFailed else { throw refusal }
    }
  }

  /// Asks until the answer is known. False when the disk has gone meanwhile: then nobody hears an answer.
  private mutating func ask(_ request: Request, of writer: LedgerService) throws -> Bool {
    while true {
      let result = Result { () throws(Refusal) in try writer.submit(request) }
      if disk.isOff {
        unanswered = request
        return false
      }
      switch result {
      case .success(let outcome):
        try world.hear(outcome)
        return true
      case .failure(let refusal) where refusal.code == .outcomeUnknown:
        report.unknown += 1
      case .failure(let refusal):
        guard Simulation.isJudgement(refusal) || disk.hasFailed else { throw refusal }
        world.hearRefusal(of: request)
        return true
      }
    }
  }

  /// What any caller does who heard nothing.
  private mutating func askAgain(_ writer: LedgerService) throws -> Bool {
    guard let request = unanswered else { return true }
    unanswered = nil
    return try ask(request, of: writer)
  }

  /// Whether the command was refused for what it is, rather than for what the disk did.
  private static func isJudgement(_ refusal: Refusal) -> Bool {
    ![.busy, .damaged, .restored, .noSpace, .outcomeUnknown].contains(refusal.code)
  }

  // MARK: Afterwards

  /// The first life, with the files of a ledger that was founded on a disk that was well.
  private mutating func begin(with files: [String: [UInt8]]) throws {
    life = 1
    try PlainFiles.make(directory.path)
    for (name, bytes) in files {
      let path = directory.path + "/" + name
      try PlainFiles.write(bytes, to: path)
      if name.contains(".sqlite") { disk.adopt(path, bytes) }
    }
  }

  /// What the next process finds, in a directory of its own: the old one may still be open.
  private mutating func move(
    from old: String, after end: SimulatedDisk.End, beside others: [String: [UInt8]]
  ) throws {
    life += 1
    let new = directory.path
    try PlainFiles.make(new)
    let files = disk.restart(after: end, from: old, in: new)
    for (name, bytes) in others { try PlainFiles.write(bytes, to: new + "/" + name) }
    for (path, bytes) in files { try PlainFiles.write(bytes, to: path) }
    PlainFiles.remove(old)
  }

  private mutating func inspect() throws {
    let inspection = Inspection(directory: directory, clock: clock, world: world)
    try inspection.log()
    let writer = try open()
    defer { writer.close() }
    _ = try askAgain(writer)
    try writer.settle()
    _ = try writer.sweepVault()
    try inspection.log()
    try inspection.reads()
    try inspection.verification()
  }
}
