import Testing

@testable import HTTPServer

private let host = "Host: a.example\r\n"

@Suite struct ServingTests {
  @Test func anAnswerHasADateAndALengthAndNoMore() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /a/b?c=d HTTP/1.1\r\n\(host)\r\n")
    let answer = try #require(client.answer())
    #expect(answer.content == "GET /a/b c=d a.example ")
    #expect(answer.fields.map(\.name) == ["date", "content-type", "content-length"])
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() throws {
    let server = try TestServer()
    let client = server.client()
    // More than one turn answers, and more than one read takes.
    client.send((0..<2_000).map { "GET /\($0) HTTP/1.1\r\n\(host)\r\n" }.joined())
    for number in 0..<2_000 { #expect(client.answer()?.content == "GET /\(number) - a.example ") }
  }

  @Test func aRequestMayComeInAnyPieces() throws {
    let server = try TestServer()
    let client = server.client()
    for byte in Array("POST /p HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nabc".utf8) { client.send([byte]) }
    #expect(client.answer()?.content == "POST /p - a.example abc")
  }

  @Test func headHasTheFieldsOfGetAndNoContent() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("HEAD /abc HTTP/1.1\r\n\(host)\r\nGET /xyz HTTP/1.1\r\n\(host)\r\n")
    let answer = try #require(client.answer(hasContent: false))
    let length = "HEAD /abc - a.example ".utf8.count
    #expect(answer["content-length"] == String(length))
    #expect(client.answer()?.content == "GET /xyz - a.example ")
  }

  @Test func noContentHasNoLength() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /none HTTP/1.1\r\n\(host)\r\n")
    let answer = try #require(client.answer(hasContent: false))
    #expect(answer.status == 204)
    #expect(answer.fields.map(\.name) == ["date"])
  }

  @Test func keepAliveIsConfirmedToHTTP10() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    #expect(client.answer()?["connection"] == "keep-alive")
    client.send("GET /2 HTTP/1.0\r\n\r\n")
    #expect(client.answer()?["connection"] == "close")
    #expect(client.rest() == "")
  }

  @Test func whoExpectsIsToldToContinueBeforeSendingTheBody() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("POST /p HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    #expect(client.answer(hasContent: false)?.status == 100)
    client.send("ok")
    #expect(client.answer()?.content == "POST /p - a.example ok")
  }

  @Test func whoExpectsAndSendsTooMuchIsRefusedBeforeSendingIt() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("POST /p HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
    #expect(client.answer()?.status == 413)
  }

  @Test func nobodyOfHTTP10IsToldToContinue() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("POST /p HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    client.send("ok")
    #expect(client.answer()?.content == "POST /p -  ok")
  }

  @Test func whoClosesItsHalfIsStillAnswered() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /1 HTTP/1.1\r\n\(host)\r\nGET /2 HTTP/1.1\r\n\(host)\r\n")
    client.endInput()
    #expect(client.answer()?.content == "GET /1 - a.example ")
    #expect(client.answer()?.content == "GET /2 - a.example ")
    #expect(client.rest() == "")
  }

  @Test func halfARequestIsNotAnswered() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("POST /p HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nab")
    client.endInput()
    #expect(client.rest() == "")
    #expect(server.server.counters.requests == 0)
  }

  @Test func aLargeAnswerArrivesWhole() throws {
    // A sanitizer makes this client a slow one.
    let server = try TestServer { $0.timeouts.write = 300 * HTTPTimeouts.second }
    let client = server.client()
    client.send("GET /large HTTP/1.1\r\n\(host)\r\nGET /2 HTTP/1.1\r\n\(host)\r\n")
    #expect(client.answer()?.content.utf8.count == 8_000_000)
    #expect(client.answer()?.content == "GET /2 - a.example ")
  }

  @Test func aFieldThatWouldSplitTheAnswerMakesItA500() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /broken HTTP/1.1\r\n\(host)\r\n")
    let answer = try #require(client.answer())
    #expect(answer.status == 500)
    #expect(answer["x-broken"] == nil)
    #expect(client.rest() == "")
  }

  @Test func aRequestThatTheApplicationForgetsIsA500() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /silent HTTP/1.1\r\n\(host)\r\n")
    #expect(client.answer()?.status == 500)
  }

  @Test func whoIsRefusedWhileStillSendingGetsTheAnswer() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("POST /p HTTP/1.1\r\n\(host)Content-Length: 3000000\r\n\r\n")
    client.send([UInt8](repeating: 0x61, count: 3_000_000))
    #expect(client.answer()?.status == 413)
    #expect(client.rest() == "")
    #expect(!client.wasReset)
  }

  @Test func allLoopsAnswer() throws {
    let server = try TestServer(loops: 3)
    let clients = (0..<60).map { _ in server.client() }
    for client in clients { client.send("GET / HTTP/1.1\r\n\(host)\r\n") }
    for client in clients { #expect(client.answer()?.status == 200) }
    #expect(server.server.counters.requests == 60)
    #expect(server.server.counters.accepted == 60)
  }

  @Test func aPortThatIsTakenIsSaidSo() throws {
    let server = try TestServer()
    let address = server.server.addresses[0]
    let failure = #expect(throws: HTTPServerError.self) {
      _ = try HTTPServer(HTTPServerConfiguration([address])) { [desk = server.desk] _ in TestApplication(desk) }
    }
    #expect(failure?.isAddressInUse == true)
    #expect(failure?.description.contains("listen on \(address)") == true)
  }

  @Test func anApplicationThatCanNotBeMadeStopsTheStart() throws {
    struct Broken: Error {}
    let address = try #require(SocketAddress("127.0.0.1:0"))
    #expect(throws: Broken.self) {
      _ = try HTTPServer(HTTPServerConfiguration([address])) { _ -> TestApplication in throw Broken() }
    }
  }

  @Test func everyAnswerIsRecorded() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET / HTTP/1.1\r\n\(host)\r\nGET /none HTTP/1.1\r\n\(host)\r\n")
    _ = client.answer()
    _ = client.answer(hasContent: false)
    let records = server.desk.records(2)
    #expect(records.map(\.status) == [.ok, .noContent])
    for record in records {
      #expect(record.byteCount > 50)
      #expect(!record.isAborted)
      #expect(record.peer.isLoopback)
    }
    let sum: Int = records.map(\.byteCount).reduce(0, +)
    // Counted when it was sent, which the client may see first.
    waitFor { server.server.counters.bytesOut < UInt64(sum) ? nil : () }
    #expect(server.server.counters.bytesOut == UInt64(sum))
  }
}
