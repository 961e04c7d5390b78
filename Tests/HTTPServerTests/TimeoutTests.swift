import SeededRandom
import Testing

@testable import HTTPServer

private let host = "Host: a.example\r\n"
private let whole = "GET / HTTP/1.1\r\n\(host)\r\n"

/// No socket and no real clock: seconds pass when they are told to.
@Suite struct TimeoutTests {
  @Test func whoNeverSendsIsClosedWhenTheTimeForAHeadIsUp() throws {
    let wire = try Wire()
    wire.pass(to: 9)
    #expect(wire.isOpen)
    wire.pass(to: 10)
    #expect(!wire.isOpen)
    #expect(wire.taken == "")
  }

  @Test func aHeadThatDripsIs408HoweverOftenItDrips() throws {
    let wire = try Wire()
    wire.send("GET / HTTP/1.1\r\n", at: 1)
    for second in 2..<10 {
      wire.send("X: y\r\n", at: UInt64(second))
      wire.pass(to: UInt64(second))
      #expect(wire.taken == "")
    }
    wire.pass(to: 10)
    #expect(wire.taken.hasPrefix("HTTP/1.1 408 "))
    #expect(wire.action == .endOutput)
    // And who goes on sending is not listened to for ever.
    wire.send("X: y\r\n", at: 11)
    wire.pass(to: 12)
    #expect(!wire.isOpen)
  }

  @Test func aBodyThatDripsIs408() throws {
    let wire = try Wire()
    wire.send("POST / HTTP/1.1\r\n\(host)Content-Length: 100\r\n\r\n", at: 5)
    for second in stride(from: 6, to: 35, by: 4) { wire.send("a", at: UInt64(second)) }
    wire.pass(to: 34)
    #expect(wire.taken == "")
    wire.pass(to: 35)
    #expect(wire.taken.hasPrefix("HTTP/1.1 408 "))
  }

  @Test func aChunkedBodyThatDripsIs408() throws {
    let wire = try Wire()
    wire.send("POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n", at: 0)
    for second in 1..<30 { wire.send("1\r\na\r\n", at: UInt64(second)) }
    wire.pass(to: 30)
    #expect(wire.taken.hasPrefix("HTTP/1.1 408 "))
  }

  @Test func anIdleConnectionIsClosedWithoutAWord() throws {
    let wire = try Wire()
    wire.send(whole, at: 3)
    let answer = wire.taken
    #expect(answer.hasPrefix("HTTP/1.1 200 "))
    wire.send(whole, at: 60)
    wire.pass(to: 134)
    #expect(wire.isOpen)
    wire.pass(to: 135)
    #expect(!wire.isOpen)
    #expect(wire.taken.count == 2 * answer.count)
  }

  @Test func theTimeOfAHeadBeginsWithItsFirstByte() throws {
    let wire = try Wire()
    wire.send(whole, at: 0)
    wire.send("GET ", at: 50)
    wire.pass(to: 59)
    #expect(wire.isOpen)
    wire.pass(to: 60)
    #expect(wire.taken.contains("HTTP/1.1 408 "))
  }

  @Test func aPipelinedHeadHasTimeOfItsOwn() throws {
    let wire = try Wire()
    wire.send("GET / HT", at: 0)
    wire.send("TP/1.1\r\n\(host)\r\nGET /2 HTTP", at: 9)
    wire.pass(to: 18)
    #expect(wire.isOpen)
    #expect(!wire.taken.contains("408"))
    wire.pass(to: 19)
    #expect(wire.taken.contains("HTTP/1.1 408 "))
  }

  @Test func whoTakesNothingIsReset() throws {
    let wire = try Wire()
    wire.takes = false
    wire.send(whole, at: 0)
    #expect(wire.wait == .write)
    wire.pass(to: 19)
    #expect(wire.isOpen)
    wire.pass(to: 20)
    #expect(!wire.isOpen && wire.wasReset)
  }

  @Test func whoTakesALittleIsReset() throws {
    let wire = try Wire()
    wire.takes = false
    wire.send("GET /large HTTP/1.1\r\n\(host)\r\n", at: 0)
    for second in 1..<20 { wire.take(100, at: UInt64(second)) }
    wire.pass(to: 20)
    #expect(!wire.isOpen && wire.wasReset)
  }

  @Test func whoTakesAllThatWaitedHasTimeForWhatCameMeanwhile() throws {
    let wire = try Wire()
    wire.takes = false
    wire.send("GET /later HTTP/1.1\r\n\(host)\r\n", at: 0)
    wire.answer(.ok, at: 1)
    let waiting = 100
    wire.take(waiting / 2, at: 10)
    wire.takes = true
    wire.take(.max, at: 20)
    #expect(wire.isOpen)
    #expect(wire.wait == .idle)
  }

  @Test func whoWaitsForUsIsNotTimed() throws {
    let wire = try Wire()
    wire.send("GET /later HTTP/1.1\r\n\(host)\r\n", at: 0)
    #expect(wire.wait == nil)
    wire.pass(to: 1_000)
    #expect(wire.isOpen)
    wire.answer(.ok, at: 1_000)
    #expect(wire.taken.hasPrefix("HTTP/1.1 200 "))
    #expect(wire.wait == .idle)
  }

  @Test func nothingIsReadWhileTheClientTakesNothing() throws {
    let wire = try Wire()
    wire.takes = false
    wire.send(whole, at: 0)
    #expect(wire.interest == .write)
    wire.take(.max, at: 1)
    #expect(wire.interest == .read)
  }

  @Test func nothingMoreIsReadWhileAnAnswerIsAwaited() throws {
    let wire = try Wire()
    wire.send("GET /later HTTP/1.1\r\n\(host)\r\n", at: 0)
    #expect(wire.interest == .read)
    wire.send(whole, at: 1)
    #expect(wire.interest == [])
    wire.answer(.ok, at: 2)
    #expect(wire.interest == .read)
    wire.send(whole, at: 3)
    #expect(wire.taken.contains("GET / "))
  }

  @Test func anIdleConnectionHoldsNoMemory() throws {
    let wire = try Wire()
    wire.send(whole, at: 0)
    #expect(!wire.holdsMemory)
    wire.send("GET", at: 1)
    #expect(wire.holdsMemory)
  }

  @Test func onlySoManyPipelinedRequestsAreAnsweredInATurn() throws {
    var limits = HTTPLimits()
    limits.pipelinedRequests = 3
    let wire = try Wire(limits)
    wire.send(String(repeating: whole, count: 8), at: 0)
    #expect(wire.taken.split(separator: "HTTP/1.1 200").count == 3)
    #expect(wire.interest == [])
    wire.take(0, at: 0)
    wire.take(0, at: 0)
    #expect(wire.taken.split(separator: "HTTP/1.1 200").count == 8)
    #expect(wire.interest == .read)
  }
}

@Suite struct TimeoutQueueTests {
  /// Against a list that is searched.
  @Test(arguments: 0..<20)
  func itAgreesWithASearchedList(_ seed: Int) throws {
    var generator = SplitMix64(UInt64(seed))
    var timeouts = HTTPTimeouts()
    (timeouts.idle, timeouts.head, timeouts.body, timeouts.write, timeouts.linger) = (50, 10, 20, 30, 5)
    var queue = TimeoutQueue(timeouts)
    var model: [Int32: (wait: Wait, since: UInt64)] = [:]
    var now: UInt64 = 0
    for _ in 0..<2_000 {
      now += UInt64.random(in: 0...3, using: &generator)
      let slot = Int32.random(in: 0..<40, using: &generator)
      let wait = Bool.random(using: &generator) ? Wait.all.randomElement(using: &generator) : nil
      queue.set(slot, wait, since: now)
      model[slot] = wait.map { ($0, now) }
      let deadlines: [UInt64] = model.values.map { entry in entry.since + timeouts[entry.wait] }
      #expect(queue.nextDeadline == deadlines.min())
      while let (slot, wait) = queue.expired(at: now) {
        let entry = try #require(model[slot])
        #expect(entry.wait == wait)
        #expect(entry.since + timeouts[wait] <= now)
        queue.set(slot, nil, since: 0)
        model[slot] = nil
      }
      let isAnyoneLate = model.values.contains { entry in entry.since + timeouts[entry.wait] <= now }
      #expect(!isAnyoneLate)
    }
  }

  @Test func theLongestWaitIsFoundFirst() {
    var queue = TimeoutQueue(HTTPTimeouts())
    for slot in Int32(0)..<5 { queue.set(slot, .idle, since: UInt64(slot)) }
    queue.set(0, .idle, since: 9)
    queue.set(1, nil, since: 0)
    #expect(queue.longest(.idle) == 2)
    #expect(queue.longest(.head) == nil)
  }
}
