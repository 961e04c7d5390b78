import KeyLedger
import Testing

@testable import LedgerService

@Suite("A session of the console")
struct SessionsTests {
  private let sessions = Sessions(randomness: SeededRandomness(3))
  private let user = UserID(time: Instant(milliseconds: 1), randomness: 7)
  private let token = Hash256(words: (1, 2, 3, 4))
  private let start = Instant(milliseconds: 1_000_000)

  private func find(_ cookie: String, at now: Instant) -> (user: UserID, token: Hash256)? {
    sessions.find(cookie.utf8.span, at: now)
  }

  private func isOpen(_ cookie: String, at now: Instant) -> Bool { sessions.watch(cookie.utf8.span)(now) }

  @Test("is found by its cookie, which is told once and not guessable from another")
  func isFound() {
    let (first, second) = (sessions.open(user, token: token, at: start), sessions.open(user, token: token, at: start))
    #expect(first != second && first.utf8.count == 64)
    #expect(find(first, at: start)?.user == user)
    #expect(find(first, at: start)?.token == token)
    #expect(find("nothing", at: start) == nil)
  }

  @Test("ends an hour after its last use, and twelve after it began")
  func ends() {
    let idle = sessions.open(user, token: token, at: start)
    #expect(find(idle, at: start.advanced(by: Sessions.idleLength)) == nil)
    let busy = sessions.open(user, token: token, at: start)
    var now = start
    while now.milliseconds < start.milliseconds + Sessions.length - 1_800_000 {
      now = now.advanced(by: 1_800_000)
      #expect(find(busy, at: now) != nil)
    }
    #expect(find(busy, at: start.advanced(by: Sessions.length)) == nil)
  }

  @Test("is gone when it is closed")
  func closes() {
    let cookie = sessions.open(user, token: token, at: start)
    sessions.close(cookie.utf8.span)
    #expect(find(cookie, at: start) == nil)
    #expect(!isOpen(cookie, at: start))
  }

  @Test("is not used by whoever only looks whether it goes on")
  func looks() {
    let cookie = sessions.open(user, token: token, at: start)
    #expect(isOpen(cookie, at: start.advanced(by: Sessions.idleLength - 1)))
    #expect(!isOpen(cookie, at: start.advanced(by: Sessions.idleLength)))
  }

  @Test("makes room for another when there are too many, the longest unused first")
  func isBounded() {
    let oldest = sessions.open(user, token: token, at: start)
    for _ in 1..<Sessions.maximum { _ = sessions.open(user, token: token, at: start.advanced(by: 1)) }
    let newest = sessions.open(user, token: token, at: start.advanced(by: 2))
    #expect(find(oldest, at: start.advanced(by: 3)) == nil)
    #expect(find(newest, at: start.advanced(by: 3)) != nil)
  }
}

@Suite("A limit on changes")
struct ChangeLimiterTests {
  private let limiter = ChangeLimiter(perSecond: 20, burst: 3)
  private let key = KeyID(time: Instant(milliseconds: 1), randomness: 1)
  private let other = KeyID(time: Instant(milliseconds: 1), randomness: 2)
  private let start = Instant(milliseconds: 1_000_000)

  @Test("lets a burst through, then as many as its rate, for each key alone")
  func limits() {
    for _ in 1...3 { #expect(limiter.take(key, at: start) == nil) }
    #expect(limiter.take(key, at: start) == 1)
    #expect(limiter.take(other, at: start) == nil)
    #expect(limiter.take(key, at: start.advanced(by: 49)) == 1)
    #expect(limiter.take(key, at: start.advanced(by: 50)) == nil)
    #expect(limiter.take(key, at: start.advanced(by: 50)) == 1)
  }

  @Test("gives nothing for a clock that was set back, and never more than a burst")
  func clocks() {
    for _ in 1...3 { #expect(limiter.take(key, at: start) == nil) }
    #expect(limiter.take(key, at: start.advanced(by: -10_000)) == 1)
    let later = start.advanced(by: 86_400_000)
    for _ in 1...3 { #expect(limiter.take(key, at: later) == nil) }
    #expect(limiter.take(key, at: later) == 1)
  }
}

@Suite("A cursor")
struct CursorSealTests {
  private let seal = CursorSeal(randomness: SeededRandomness(5))
  private let cursor = PageCursor(
    moment: Moment(sequence: 42, time: Instant(milliseconds: -7), isPast: true, restsOnBackfill: true), position: 300)

  @Test("comes back as it was")
  func comesBack() throws {
    #expect(try seal.open(seal.seal(cursor, for: "keys"), for: "keys") == cursor)
  }

  @Test("is good for its list alone, and only as it was made")
  func isSealed() throws {
    let text = seal.seal(cursor, for: "keys")
    #expect(throws: Refusal.self) { try seal.open(text, for: "users") }
    #expect(throws: Refusal.self) { try CursorSeal(randomness: SeededRandomness(6)).open(text, for: "keys") }
    for index in text.utf8.indices {
      var bytes = Array(text.utf8)
      let place = text.utf8.distance(from: text.utf8.startIndex, to: index)
      bytes[place] = bytes[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
      #expect(throws: Refusal.self) { try seal.open(String(decoding: bytes, as: UTF8.self), for: "keys") }
    }
    for text in ["", "00", String(repeating: "0", count: 82)] {
      #expect(throws: Refusal.self) { try seal.open(text, for: "keys") }
    }
  }
}
