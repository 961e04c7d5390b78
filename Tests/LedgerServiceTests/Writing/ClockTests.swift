import EventLog
import KeyLedger
import Testing

@testable import LedgerService
@testable import Vault

/// Time never runs backwards in the log, whatever the clock does.
@Suite struct ClockTests {
  private let minute: Int64 = 60_000

  @Test func `With the clock set back, now stays at the last event`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let last = ledger.clock.now()
    ledger.clock.advance(-3_600 * 1_000)
    let (key, _) = try writer.makeKey("production", ["read_only"])
    #expect(key.createdAt == last)
    #expect(try ledger.writer().operate(.revealKey(key: key.id.description)).asOf.time == last)
    #expect(try ledger.events().allSatisfy { $0.time == last })
  }

  @Test func `More than five minutes behind, only grace now is taken`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let keys = try (0..<4).map { _ in try writer.makeKey("production", ["read_only"]).0.id.description }
    try writer.operate(.rotateKey(key: keys[0], grace: "24h"))

    ledger.clock.advance(-5 * minute)
    try writer.operate(.rotateKey(key: keys[1], grace: "1h"))
    try writer.operate(.changeGrace(key: keys[1], grace: "3d"))

    ledger.clock.advance(-1)
    for grace in ["1h", "24h", "3d", "7d"] {
      #expect(writer.refusal(.rotateKey(key: keys[2], grace: grace)) == .clockBehind)
      #expect(writer.refusal(.changeGrace(key: keys[0], grace: grace)) == .clockBehind)
    }
    #expect(writer.refusal(.rotateKey(key: keys[2], grace: "soon")) == .badGrace)
    try writer.operate(.rotateKey(key: keys[2], grace: "now"))
    try writer.operate(.changeGrace(key: keys[0], grace: "now"))
    try writer.operate(.revokeKey(key: keys[3]))
    try writer.operate(.revokeKey(key: keys[1]))
    for key in keys { #expect(try !writer.vault.isLive(owner: key, kind: "key"), "\(key)") }
  }

  @Test func `A key ended at once is shredded at once, though the clock went back meanwhile`() throws {
    let ledger = try TestLedger()
    let clock = FallingClock(ledger.clock.now().milliseconds)
    let writer = try Writer(ledger.directory, clock: clock, randomness: SystemRandomness())
    try writer.provision("production")
    let (key, _) = try writer.makeKey("production", ["read_only"])
    let outcome = try writer.operate(.revokeKey(key: key.id.description))
    #expect(try !writer.vault.isLive(owner: key.id.description, kind: "key"))
    #expect(!outcome.shredPending)
  }

  @Test func `A grace that has passed by the log's time is shredded, though the clock is behind`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (key, _) = try writer.makeKey("production", ["read_only"])
    try writer.operate(.rotateKey(key: key.id.description, grace: "1h"))
    let other = try Writer(
      ledger.directory, clock: TestClock(ledger.clock.now().milliseconds + 60 * minute),
      randomness: SystemRandomness())
    // The other has no time left to clean up behind itself: its command is done, then it dies.
    try other.vault.begin()
    try other.vault.unschedule(
      owner: key.id.description, kind: "key", at: ledger.clock.now().milliseconds + 60 * minute)
    try other.vault.commit()
    try other.operate(.changePlan(.starter))
    #expect(try writer.vault.isLive(owner: key.id.description, kind: "key"))
    try other.vault.begin()
    try other.vault.schedule(
      owner: key.id.description, kind: "key", at: ledger.clock.now().milliseconds + 60 * minute)
    try other.vault.commit()
    try writer.operate(.changePlan(.scale))
    #expect(try !writer.vault.isLive(owner: key.id.description, kind: "key"))
    #expect(writer.refusal(.revealKey(key: key.id.description)) == .keyExpired)
  }

  @Test func `A grace that another process began is shredded when it has passed, though no command comes`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (key, _) = try writer.makeKey("production", ["read_only"])
    _ = writer.run([])
    do {
      let other = try ledger.writer()
      try other.operate(.rotateKey(key: key.id.description, grace: "1h"))
    }
    ledger.clock.advance(59 * minute)
    _ = writer.run([])
    #expect(try writer.vault.isLive(owner: key.id.description, kind: "key"))
    ledger.clock.advance(minute)
    _ = writer.run([])
    #expect(try !writer.vault.isLive(owner: key.id.description, kind: "key"))
  }

  @Test func `An end that has passed stays passed when the clock is set back`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (key, _) = try writer.makeKey("production", ["read_only", "api_keys_write"])
    try writer.operate(.rotateKey(key: key.id.description, grace: "1h"))
    ledger.clock.advance(60 * minute)
    try writer.operate(.changePlan(.starter))
    ledger.clock.advance(-60 * minute)
    #expect(writer.refusal(.changeGrace(key: key.id.description, grace: "now")) == .notExpiring)
    #expect(writer.refusal(.revokeKey(key: key.id.description)) == .keyExpired)
  }
}

/// Goes back by a millisecond whenever somebody looks.
private final class FallingClock: Clock {
  private let clock: TestClock
  init(_ milliseconds: Int64) { clock = TestClock(milliseconds) }
  func now() -> Instant {
    clock.advance(-1)
    return clock.now()
  }
}
