import Testing

@testable import HTTPServer

private let host = "Host: a.example\r\n"

@Suite struct LaterTests {
  @Test func whatComesBehindWaitsForALaterAnswer() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /later HTTP/1.1\r\n\(host)\r\nGET /behind HTTP/1.1\r\n\(host)\r\n")
    let exchange = server.desk.nextExchange()
    var fields = HTTPFields()
    fields.add("X-Late", "yes")
    exchange.answer(.created, fields, Array("done".utf8))
    exchange.answer(.ok, HTTPFields(), Array("twice".utf8))
    let answer = try #require(client.answer())
    #expect(answer.status == 201)
    #expect(answer["x-late"] == "yes")
    #expect(answer.content == "done")
    #expect(client.answer()?.content == "GET /behind - a.example ")
  }

  @Test func anAnswerToAClosedConnectionReachesNobodyElse() throws {
    let server = try TestServer()
    var first: Client? = server.client()
    first?.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    let exchange = server.desk.nextExchange()
    first?.reset()
    first = nil
    #expect(server.desk.records(1)[0].isAborted)
    // Very likely the same descriptor, and the same number of requests.
    let second = server.client()
    second.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    let other = server.desk.nextExchange()
    exchange.answer(.ok, HTTPFields(), Array("for the first".utf8))
    other.answer(.ok, HTTPFields(), Array("for the second".utf8))
    #expect(second.answer()?.content == "for the second")
  }

  @Test func anExchangeLetGoIsA500() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    _ = server.desk.nextExchange()
    #expect(client.answer()?.status == 500)
    #expect(client.rest() == "")
  }

  @Test func aLaterFieldThatWouldSplitTheAnswerMakesItA500() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    var fields = HTTPFields()
    fields.add("X-Broken", "a\r\nX-Other: b")
    server.desk.nextExchange().answer(.ok, fields)
    let answer = try #require(client.answer())
    #expect(answer.status == 500)
    #expect(answer["x-other"] == nil)
  }

  @Test func aStreamArrivesChunkByChunkAndTheConnectionGoesOn() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /later HTTP/1.1\r\n\(host)\r\nGET /behind HTTP/1.1\r\n\(host)\r\n")
    let stream = try #require(server.desk.nextExchange().stream(.ok, HTTPFields()) { _ in })
    #expect(stream.write(Array("hello".utf8)) == .taken)
    #expect(stream.write([]) == .taken)
    #expect(stream.write(Array("world, in 26 octets or more".utf8)) == .taken)
    stream.end()
    #expect(stream.write([1]) == .gone)
    let answer = try #require(client.answer())
    #expect(answer["transfer-encoding"] == "chunked")
    #expect(answer["content-length"] == nil)
    #expect(answer.content == "5\r\nhello\r\n1b\r\nworld, in 26 octets or more\r\n0\r\n\r\n")
    #expect(client.answer()?.content == "GET /behind - a.example ")
  }

  @Test func aStreamToHTTP10EndsWithTheConnection() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    let stream = try #require(server.desk.nextExchange().stream(.ok, HTTPFields()) { _ in })
    _ = stream.write(Array("hello".utf8))
    stream.end()
    let answer = try #require(client.answer(hasContent: false))
    #expect(answer["transfer-encoding"] == nil)
    #expect(answer["connection"] == "close")
    #expect(client.rest() == "hello")
  }

  @Test func aStreamAnswersHeadByItsFieldsAlone() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("HEAD /later HTTP/1.1\r\n\(host)\r\n")
    let stream = try #require(server.desk.nextExchange().stream(.ok, HTTPFields()) { _ in })
    _ = stream.write(Array("hello".utf8))
    stream.end()
    #expect(client.answer(hasContent: false)?.status == 200)
    client.send("GET /behind HTTP/1.1\r\n\(host)\r\n")
    #expect(client.answer()?.content == "GET /behind - a.example ")
  }

  @Test func aStreamTakesNoMoreThanItsBoundAndSaysWhenThereIsRoom() {
    let events = Events()
    let flow = StreamFlow(bound: 100) { events.add($0) }
    #expect(flow.admit(300) == .taken)
    #expect(flow.admit(1) == .full)
    flow.credit(300)
    #expect(events.all == [.room])
    #expect(flow.admit(60) == .taken)
    #expect(flow.admit(40) == .taken)
    flow.credit(60)
    #expect(events.all == [.room])
    #expect(flow.admit(61) == .full)
    flow.tellGone()
    flow.credit(40)
    #expect(events.all == [.room, .gone])
    #expect(flow.admit(1) == .gone)
  }

  @Test func aLongStreamArrivesWholeAtTheClientsPace() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /later HTTP/1.0\r\n\r\n")
    let events = Events()
    let stream = try #require(server.desk.nextExchange().stream(.ok, HTTPFields()) { events.add($0) })
    _ = client.answer(hasContent: false)
    let reader = try Background { client.restBytes() }
    for number in 0..<300 {
      let piece = Array(String(number).utf8) + [UInt8](repeating: 0x20, count: 10_000)
      while stream.write(piece) == .full { events.wait(for: .room) }
    }
    stream.end()
    let numbers = reader.value().filter { $0 >= 0x30 && $0 < 0x3A }
    #expect(numbers == Array((0..<300).map { String($0) }.joined().utf8))
  }

  @Test func anAbortedStreamIsBrokenOff() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    let stream = try #require(server.desk.nextExchange().stream(.ok, HTTPFields()) { _ in })
    _ = stream.write(Array("hello".utf8))
    stream.abort()
    _ = client.rest()
    #expect(client.wasReset)
  }

  @Test func aStreamIsToldThatItsClientHasGone() throws {
    let server = try TestServer()
    var client: Client? = server.client()
    client?.send("GET /later HTTP/1.1\r\n\(host)\r\n")
    let events = Events()
    let stream = try #require(server.desk.nextExchange().stream(.ok, HTTPFields()) { events.add($0) })
    _ = client?.answer(hasContent: false)
    client?.reset()
    client = nil
    events.wait(for: .gone)
    #expect(stream.write([1]) == .gone)
  }
}
