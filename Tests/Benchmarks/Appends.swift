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

  func run() throws {
    defer { service.close() }
    let slice = options.slice
    let change = try recordBytes(renaming(0))
    let creation = try recordBytes(Appends.creation(by: caller))
    if CommandLine.arguments.contains("--costs-only") { return try costs() }
    let raw = try RawLoop(path: options.data + "/raw", bytesEach: change)
    // A sealed row beside the record: salt, ciphertext, tag.
    let rawSealed = try RawLoop(path: options.data + "/raw-sealed", bytesEach: creation + 32 + 64 + 16)
    let rounds = try Rounds(
      options.rounds,
      [
        { try raw.rate(slice) },
        { try rawSealed.rate(slice) },
        { try self.rate(callers: 1) { self.renaming($0) } },
        { try self.rate(callers: 1) { _ in Appends.creation(by: self.caller) } },
        { try self.rate(callers: 16) { self.renaming($0) } },
        { try self.rate(callers: 64) { self.renaming($0) } },
        { try self.rate(callers: 64) { _ in Appends.creation(by: self.caller) } },
      ])
    show(rounds, 2, to: 0, "durable appends, 1 caller", 0.45)
    show(rounds, 3, to: 1, "durable appends, 1 caller, a secret sealed", 0.22)
    show(rounds, 4, to: 0, "durable appends, 16 callers", nil)
    show(rounds, 5, to: 0, "durable appends, 64 callers", 6)
    show(rounds, 6, to: 1, "durable appends, 64 callers, a secret sealed", nil)
    try costs()
  }

  /// What the disk's mood does not change: the processor's time for each command.
  private func costs() throws {
    let rounds = try Rounds(
      options.rounds,
      [
        { try self.cost { _ = try self.rate(callers: 1) { self.renaming($0) } } },
        { try self.cost { _ = try self.rate(callers: 64) { self.renaming($0) } } },
        { try self.cost { _ = try self.rate(callers: 64) { _ in Appends.creation(by: self.caller) } } },
      ])
    for (contender, what) in ["1 caller", "64 callers", "64 callers, a secret sealed"].enumerated() {
      let microseconds = rounds.median(contender) * 1e6
      Figure(what: "  processor per command, \(what)", ours: format(microseconds, 1) + " us").show()
    }
  }

  /// Seconds of the processor per command while `body` runs.
  private func cost(_ body: () throws -> Void) throws -> Double {
    let (start, before) = (processorSeconds(), commands.load(ordering: .relaxed))
    try body()
    return (processorSeconds() - start) / Double(commands.load(ordering: .relaxed) - before)
  }

  private func show(_ rounds: Rounds, _ ours: Int, to raw: Int, _ what: String, _ target: Double?) {
    let ratio = rounds.ratio(ours, to: raw)
    Figure(
      what: what, ours: format(rounds.median(ours), 0) + "/s",
      against: "raw loop " + format(rounds.median(raw), 0) + "/s",
      ratio: ratio, target: target.map { ">= " + format($0, 2) + "x" } ?? "-", isReached: target.map { ratio >= $0 }
    ).show()
  }

  /// Commands a second that were done when their callers went on.
  private func rate(callers: Int, _ request: @escaping @Sendable (Int) -> Request) throws -> Double {
    let (done, refused) = (Shared(), Shared())
    let start = seconds()
    onThreads(callers) { _ in
      var count = 0
      while seconds() - start < self.options.slice {
        let number = self.commands.add(1, ordering: .relaxed).newValue
        do {
          _ = try self.service.submit(request(number))
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
