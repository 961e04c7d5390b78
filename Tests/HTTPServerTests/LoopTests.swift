import Glibc
import Synchronization
import Testing

@testable import HTTPServer

private let host = "Host: a.example\r\n"
private let whole = "GET / HTTP/1.1\r\n\(host)\r\n"

@Suite struct LoopTests {
  /// design.md §2: bytes that arrive after the look wait for another one.
  @Test func whatArrivesDuringALookWaitsForTheNext() throws {
    let server = try TestServer()
    let (first, second) = (server.client(), server.client())
    second.send(whole)
    _ = second.answer()
    let turnOfSecond = Atomic(0)
    let desk = server.desk
    let hasSent = Locked(false)
    desk.onTurn.withLock { onTurn in
      onTurn = {
        let isFirst = hasSent.withLock { sent in
          defer { sent = true }
          return !sent
        }
        // The loop is looking: this arrives now, on another connection and on a pipelined one.
        if isFirst {
          second.send("GET /second HTTP/1.1\r\n\(host)\r\n")
          first.send("GET /pipelined HTTP/1.1\r\n\(host)\r\n")
        }
        turnOfSecond.add(1, ordering: .relaxed)
      }
    }
    first.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    desk.nextExchange().answer(.ok, HTTPFields())
    #expect(first.answer()?.status == 200)
    #expect(first.answer()?.content == "GET /pipelined - a.example ")
    #expect(second.answer()?.content == "GET /second - a.example ")
    #expect(turnOfSecond.load(ordering: .relaxed) >= 2)
  }

  @Test func everyAnswerComesAfterALookThatFollowedItsLastByte() throws {
    let server = try TestServer(loops: 2)
    let clients = (0..<8).map { _ in server.client() }
    for _ in 0..<50 {
      for client in clients {
        let before = server.desk.turns.load(ordering: .sequentiallyConsistent)
        client.send(whole)
        #expect(client.answer()?.status == 200)
        #expect(server.desk.turns.load(ordering: .sequentiallyConsistent) > before)
      }
    }
  }

  @Test func aFullLoopMakesRoomByTheLongestIdle() throws {
    let server = try TestServer { $0.limits.connections = 4 }
    let clients = (0..<4).map { _ in server.client() }
    for client in clients {
      client.send(whole)
      #expect(client.answer()?.status == 200)
    }
    // The first is used again: now the second has been idle longest.
    clients[0].send(whole)
    #expect(clients[0].answer()?.status == 200)
    let late = server.client()
    late.send(whole)
    #expect(late.answer()?.status == 200)
    #expect(clients[1].rest() == "")
    for client in [clients[0], clients[2], clients[3]] {
      client.send(whole)
      #expect(client.answer()?.status == 200)
    }
    #expect(server.server.counters.turnedAway == 1)
  }

  @Test func aLoopFullOfSlowHeadsStillServes() throws {
    let server = try TestServer { $0.limits.connections = 10 }
    var slow: [Client] = []
    for _ in 0..<50 {
      let client = server.client()
      client.send("GET / HTTP/1.1\r\nX: ")
      slow.append(client)
    }
    let client = server.client()
    client.send(whole)
    #expect(client.answer()?.status == 200)
  }

  @Test func aLoopFullOfAwaitedAnswersTurnsNewcomersAway() throws {
    let server = try TestServer { $0.limits.connections = 2 }
    let clients = (0..<2).map { _ in server.client() }
    let exchanges = clients.map { client in
      client.send("GET /later HTTP/1.1\r\n\(host)\r\n")
      return server.desk.nextExchange()
    }
    let late = server.client()
    late.send(whole)
    #expect(late.rest() == "")
    for exchange in exchanges { exchange.answer(.ok, HTTPFields()) }
    for client in clients { #expect(client.answer()?.status == 200) }
  }

  @Test func aStopAnswersWhatHasArrivedAndClosesWhatIsIdle() throws {
    // One loop: once it has closed the idle one, it knows of the stop.
    let server = try TestServer()
    let (idle, half, waiting) = (server.client(), server.client(), server.client())
    idle.send(whole)
    _ = idle.answer()
    half.send("GET / HTTP/1.1\r\nX: ")
    waiting.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    let exchange = server.desk.nextExchange()
    let stopped = try Background { server.server.stop(within: 20 * HTTPTimeouts.second) }
    #expect(idle.rest() == "")
    #expect(half.rest() == "")
    exchange.answer(.ok, HTTPFields(), Array("in time".utf8))
    let answer = try #require(waiting.answer())
    #expect(answer.content == "in time")
    #expect(answer["connection"] == "close")
    #expect(waiting.rest() == "")
    stopped.value()
    #expect(server.server.counters.accepted == server.server.counters.closed)
    #expect(Client.isRefused(port: server.port))
  }

  @Test func aStopTellsStreamsAndCutsOffWhoDoesNotEnd() throws {
    let server = try TestServer()
    let (ending, stubborn) = (server.client(), server.client())
    ending.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    let (first, second) = (Events(), Events())
    let stream = try #require(server.desk.nextExchange().stream(.ok, HTTPFields()) { first.add($0) })
    stubborn.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    let other = try #require(server.desk.nextExchange().stream(.ok, HTTPFields()) { second.add($0) })
    let stopped = try Background { server.server.stop(within: HTTPTimeouts.second) }
    first.wait(for: .stopping)
    stream.end()
    #expect(ending.answer()?.content == "0\r\n\r\n")
    second.wait(for: .gone)
    #expect(other.write([1]) == .gone)
    stopped.value()
    _ = stubborn.rest()
    #expect(stubborn.wasReset)
  }

  /// Under load, each request is either answered whole or its connection ends without a byte of an answer.
  @Test func aStopUnderLoadLosesNoAnswerHalfway() throws {
    let server = try TestServer(loops: 2)
    let port = server.port
    let clients = try (0..<4).map { _ in
      try Background {
        let client = Client(port: port)
        var answered = 0
        while true {
          client.send(whole)
          guard client.answer()?.status == 200 else { return (answered: answered, rest: client.rest()) }
          answered += 1
        }
      }
    }
    usleep(100_000)
    server.server.stop(within: 5 * HTTPTimeouts.second)
    let outcomes = clients.map { $0.value() }
    let answered = outcomes.map(\.answered).reduce(0, +)
    for outcome in outcomes { #expect(outcome.rest == "") }
    #expect(server.server.counters.requests == UInt64(answered))
  }

  @Test func manyAnswersFromOtherThreadsReachTheirClients() throws {
    let server = try TestServer(loops: 2)
    let clients = (0..<20).map { _ in server.client() }
    let desk = server.desk
    let answering = try Background {
      for number in 0..<400 {
        let exchange = desk.nextExchange()
        exchange.answer(.ok, HTTPFields(), [UInt8](repeating: 0x61, count: number))
      }
    }
    for _ in 0..<20 {
      for client in clients { client.send("GET /later HTTP/1.1\r\n\(host)\r\n") }
      for client in clients { #expect(client.answer()?.status == 200) }
    }
    answering.value()
  }
}
