import EventLog
import Foundation
import KeyLedger
import SeededRandom
import Synchronization
import Testing

@testable import LedgerService
@testable import Vault

/// Eight writers, as eight processes would be, on one ledger.
@Suite struct ManyWritersTests {
  private struct Tally {
    var acknowledged: [UInt64: Event] = [:]
    var refused: [String] = []
    var commands = 0
    var pending = 0
  }

  @Test func `Nothing is lost, nothing is doubled, and every live key opens`() throws {
    let ledger = try TestLedger()
    let shared = try prepare(ledger)
    let before = try ledger.size()
    let tally = SharedTally()
    let (directory, clock) = (ledger.directory, ledger.clock)
    onThreads(8) { index in
      do {
        let writer = try Writer(directory, clock: clock, randomness: SystemRandomness())
        var walk = Walk(index, shared: shared)
        while walk.commands < 250 { tally.add(walk.step(writer)) }
      } catch {
        tally.add(refused: "\(error)")
      }
    }
    let total = tally.value.withLock { $0 }
    #expect(total.commands >= 2_000)
    #expect(total.refused == [])
    let events = try ledger.events()
    #expect(events.map(\.sequence) == Array(1...UInt64(events.count)))
    #expect(events.count == Int(before) + total.acknowledged.count)
    var versions: [KeyLedger.Stream: UInt64] = [:]
    for event in events {
      versions[event.stream, default: 0] += 1
      #expect(event.version == versions[event.stream])
      if event.sequence > before { #expect(total.acknowledged[event.sequence] == event) }
    }
    try check(events, ledger)
    #expect(total.pending == 0, "of \(total.commands) commands")
  }

  private func prepare(_ ledger: TestLedger) throws -> [KeyID] {
    let writer = try ledger.writer()
    try writer.provision("production")
    return try (0..<4).map { _ in try writer.makeKey("production", ["read_only"]).0.id }
  }

  private func check(_ events: [Event], _ ledger: TestLedger) throws {
    let writer = try ledger.writer()
    var keys: [KeyID: KeyState] = [:]
    for event in events {
      guard case .key(_, let id) = event.stream else { continue }
      if keys[id] == nil { keys[id] = KeyState(beginning: event) } else { keys[id]?.evolve(event) }
    }
    var live = 0
    for key in keys.values {
      let owner = key.id.description
      let opened = try writer.vault.secret(owner: owner, kind: "key", fingerprint: key.fingerprint)
      let isValid = key.status(at: ledger.clock.now()).isValid
      #expect((opened != nil) == isValid, "\(key)")
      #expect(try writer.vault.isLive(owner: owner, kind: "key") == isValid)
      if isValid { live += 1 }
    }
    let report = try writer.sweep()
    #expect(report.orphans == 0 && report.ended == 0 && !report.isPending)
    // The live keys, the signing secret and the owner's handle.
    #expect(report.live == live + 2)
  }

  private final class SharedTally: Sendable {
    let value = Mutex(Tally())

    func add(_ results: [Result<Outcome, Refusal>]) {
      value.withLock { tally in
        for result in results {
          tally.commands += 1
          switch result {
          case .success(let outcome):
            if outcome.shredPending { tally.pending += 1 }
            for event in outcome.events {
              if tally.acknowledged.updateValue(event.event, forKey: event.event.sequence) != nil {
                tally.refused.append("two were told that event \(event.event.sequence) is theirs")
              }
            }
          case .failure(let refusal): tally.refused.append("\(refusal)")
          }
        }
      }
    }

    func add(refused: String) { value.withLock { $0.refused.append(refused) } }
  }

  /// What one of them does: batches of one to eight commands on keys of its own and on keys that all share.
  private struct Walk {
    private let index: Int
    private let shared: [KeyID]
    private var random: SplitMix64
    private var own: [KeyID] = []
    private(set) var commands = 0

    init(_ index: Int, shared: [KeyID]) {
      self.index = index
      self.shared = shared
      random = SplitMix64(UInt64(index))
    }

    mutating func step(_ writer: Writer) -> [Result<Outcome, Refusal>] {
      let results = writer.run((0..<Int.random(in: 1...8, using: &random)).map { _ in next() })
      own += results.compactMap { try? $0.get() }.filter { !$0.secrets.isEmpty }.compactMap { $0.key?.id }
      return results
    }

    private mutating func next() -> Request {
      commands += 1
      let name = "\(index)-\(commands)"
      switch own.isEmpty ? 0 : Int.random(in: 0..<8, using: &random) {
      case 0...2:
        return .ask(.createKey(environment: "production", name: name, description: "", scope: ["read_only"]))
      case 3, 4:
        let grace = Bool.random(using: &random) ? "now" : "1h"
        return .ask(.rotateKey(key: take().description, grace: grace))
      case 5, 6: return .ask(.revokeKey(key: take().description))
      default:
        let key = shared[Int.random(in: 0..<shared.count, using: &random)]
        return .ask(.renameKey(key: key.description, name: name, description: nil))
      }
    }

    /// Each ends once.
    private mutating func take() -> KeyID { own.remove(at: Int.random(in: 0..<own.count, using: &random)) }
  }
}
