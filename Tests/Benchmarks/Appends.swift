import EventLog
import KeyLedger
import LedgerService
import Synchronization

/// Durable appends through the service, whose callers wait for each, against a loop of write and fdatasync.
final class Appends: Sendable {
  private let options: Options
  private let service: LedgerService
  private let caller: Credential
  private let keys: [KeyID]
  private let commands = Atomic<Int>(0)

  init(_ options: Options) throws {
    self.options = options
    guard let name = OperatorName("bench") else { preconditionFailure("a name") }
    caller = .operator(name)
    let directory = LedgerDirectory(path: options.data + "/appends")
    _ = try LedgerService.found(directory, plan: .scale, owner: nil, by: name)
    let service = try LedgerService(directory)
    self.service = service
    _ = try service.submit(Request(.provisionEnvironment("live"), by: caller))
    var keys: [KeyID] = []
    for _ in 0..<256 {
      guard case .key(let key) = try service.submit(Appends.creation(by: caller)).answer else {
        throw Failure("a creation that gives no key")
      }
      keys.append(key.id)
    }
    self.keys = keys
  }

  /// One way of asking: how many wait at a time, and whether each makes a key whose secret is sealed.
  private struct Way {
    let callers: Int
    let seals: Bool
    /// In units of the raw loop.
    let target: Double?

    var name: String { (callers == 1 ? "1 caller" : "\(callers) callers") + (seals ? ", a secret sealed" : "") }
  }

  private static let ways = [
    Way(callers: 1, seals: false, target: 0.45), Way(callers: 1, seals: true, target: 0.22),
    Way(callers: 16, seals: false, target: nil), Way(callers: 64, seals: false, target: 6),
    Way(callers: 64, seals: true, target: nil),
  ]

  func run() throws {
    defer { service.close() }
    if let number = options.value("--way") { return try showCost(Appends.ways[Int(number) ?? 0]) }
    let change = try recordBytes(renaming(0))
    let creation = try recordBytes(Appends.creation(by: caller))
    let raw = try RawLoop(path: options.data + "/raw", bytesEach: change)
    // A sealed row beside the record: salt, ciphertext, tag.
    let rawSealed = try RawLoop(path: options.data + "/raw-sealed", bytesEach: creation + 32 + 64 + 16)
    let loops = [{ try raw.rate(self.options.slice) }, { try rawSealed.rate(self.options.slice) }]
    let rounds = try Rounds(options.rounds, loops + Appends.ways.map { way in { try self.rate(way) } })
    for (index, way) in Appends.ways.enumerated() {
      let (ours, raw) = (index + loops.count, way.seals ? 1 : 0)
      let ratio = rounds.ratio(ours, to: raw)
      Figure(
        what: "durable appends, " + way.name, ours: format(rounds.median(ours), 0) + "/s",
        against: "raw loop " + format(rounds.median(raw), 0) + "/s", ratio: ratio,
        target: way.target.map { ">= " + format($0, 2) + "x" } ?? "-", isReached: way.target.map { ratio >= $0 }
      ).show()
    }
    for way in Appends.ways where way.callers != 16 { try showCost(way) }
  }

  /// What the disk's mood does not change: the processor's time for each command, waking of its caller included.
  private func showCost(_ way: Way) throws {
    let rounds = try Rounds(options.rounds, [{ try self.cost { _ = try self.rate(way) } }])
    Figure(what: "  processor per command, " + way.name, ours: format(rounds.median(0) * 1e6, 1) + " us").show()
  }

  /// Seconds of the processor per command while `body` runs.
  private func cost(_ body: () throws -> Void) throws -> Double {
    let (start, before) = (processorSeconds(), commands.load(ordering: .relaxed))
    try body()
    return (processorSeconds() - start) / Double(commands.load(ordering: .relaxed) - before)
  }

  /// Commands a second that were done when their callers went on.
  private func rate(_ way: Way) throws -> Double {
    let (done, refused) = (Shared(), Shared())
    let start = seconds()
    onThreads(way.callers) { _ in
      var count = 0
      while seconds() - start < self.options.slice {
        let number = self.commands.add(1, ordering: .relaxed).newValue
        do {
          _ = try self.service.submit(way.seals ? Appends.creation(by: self.caller) : self.renaming(number))
          count += 1
        } catch {
          refused.add(1)
        }
      }
      done.add(count)
    }
    guard refused.value == 0 else { throw Failure("\(refused.value) commands were refused") }
    return Double(done.value) / (seconds() - start)
  }

  private func renaming(_ number: Int) -> Request {
    let key = keys[number % keys.count].description
    return Request(.renameKey(key: key, name: "service \(number)", description: nil), by: caller)
  }

  private static func creation(by caller: Credential) -> Request {
    let scope = ["coupons:read", "customers:write"]
    let command = Command.createKey(
      environment: "live", name: "nightly export", description: "used by the nightly export", scope: scope)
    return Request(command, by: caller)
  }

  private func recordBytes(_ request: Request) throws -> Int {
    try service.submit(request).events.reduce(0) { $0 + $1.record.count }
  }
}

private final class Shared: Sendable {
  private let count = Atomic<Int>(0)

  func add(_ number: Int) { count.add(number, ordering: .relaxed) }

  var value: Int { count.load(ordering: .relaxed) }
}
