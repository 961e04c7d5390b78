import Testing

@testable import HTTPServer

@Suite struct ServingTests {
  @Test func aGetIsAnswered() throws {
    let server = try TestServer()
    let client = server.client()
    client.send("GET /a/b?c=d HTTP/1.1\r\nHost: example.org\r\n\r\n")
    let answer = try #require(client.answer())
    #expect(answer.status == 200)
    #expect(answer.content == "GET /a/b c=d example.org ")
    #expect(answer["date"]?.hasSuffix("GMT") == true)
    #expect(answer["connection"] == nil)
  }
}
