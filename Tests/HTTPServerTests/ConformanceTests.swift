import Testing

@testable import HTTPServer

/// Every MUST of RFC 9112 §2, 3, 5, 6, 7 and 9 that a server can violate, and those of RFC 9110 that belong to them,
/// against a running server.
@Suite struct ConformanceTests {
  struct Rule: CustomTestStringConvertible, Sendable {
    enum Outcome: Sendable {
      /// This status, `Connection: close`, and the end; nothing behind it is answered.
      case refused(Int)
      /// 200 with this echo, and the next request is answered too.
      case taken(String)
      /// 200 with this echo, `Connection: close`, and the end; nothing behind it is answered.
      case takenLast(String)
    }

    let section: String
    let sentence: String
    let request: String
    let outcome: Outcome

    init(_ section: String, _ sentence: String, _ request: String, _ outcome: Outcome) {
      (self.section, self.sentence, self.request, self.outcome) = (section, sentence, request, outcome)
    }

    var testDescription: String { "\(section): \(sentence)" }
  }

  static let shared = Result { try TestServer() }

  @Test(arguments: Rule.all)
  func aRuleIsKept(_ rule: Rule) throws {
    let client = try Self.shared.get().client()
    client.send(rule.request)
    let answer = try #require(client.answer())
    #expect(answer["date"] != nil)
    switch rule.outcome {
    case .refused(let status):
      #expect(answer.status == status)
      #expect(answer["connection"] == "close")
      client.send("GET /behind HTTP/1.1\r\nHost: a.example\r\n\r\n")
      #expect(client.rest() == "")
    case .taken(let echo):
      #expect(answer.content == echo)
      #expect(answer["connection"] == nil)
      client.send("GET /behind HTTP/1.1\r\nHost: a.example\r\n\r\n")
      #expect(client.answer()?.content == "GET /behind - a.example ")
    case .takenLast(let echo):
      #expect(answer.content == echo)
      #expect(answer["connection"] == "close")
      client.send("GET /behind HTTP/1.1\r\nHost: a.example\r\n\r\n")
      #expect(client.rest() == "")
    }
  }
}

private let host = "Host: a.example\r\n"
private let chunked = "POST /c HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n"
private let echo = "GET / - a.example "

extension ConformanceTests.Rule {
  static let all: [Self] = [messages, requestLines, hosts, fields, framings, chunks, connections].flatMap { $0 }

  /// RFC 9112 §2
  private static let messages: [Self] = [
    .init("2.2", "an empty line before the request line is ignored", "\r\nGET / HTTP/1.1\r\n\(host)\r\n", .taken(echo)),
    .init("2.2", "a bare CR is invalid", "GET / HTTP/1.1\r\n\(host)X: a\rb\r\n\r\n", .refused(400)),
    .init("2.2", "a bare CR in the request line is invalid", "GET /\r HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init("2.2", "a lone LF is not taken for a line end", "GET / HTTP/1.1\n\(host)\r\n", .refused(400)),
    .init("2.2", "a blank before the first field is refused", "GET / HTTP/1.1\r\n \(host)\r\n", .refused(400)),
    .init("2.2", "what is no request is refused", "EHLO a.example\r\n", .refused(400)),
    .init("2.2", "a second empty line is no request", "\r\n\r\nGET / HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init("2.3", "the version is case-sensitive", "GET / http/1.1\r\n\(host)\r\n", .refused(400)),
    .init("2.3", "a higher minor version is served as 1.1", "GET / HTTP/1.7\r\n\(host)\r\n", .taken(echo)),
    .init("2.3", "another major version is not served", "GET / HTTP/2.0\r\n\(host)\r\n", .refused(505)),
  ]

  /// RFC 9112 §3
  private static let requestLines: [Self] = [
    .init("3", "one SP stands before the target", "GET  / HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init("3", "one SP stands before the version", "GET /  HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init("3", "nothing stands behind the version", "GET / HTTP/1.1 \r\n\(host)\r\n", .refused(400)),
    .init("3", "a tab is no SP", "GET\t/ HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init("3", "a request line without a version is refused", "GET /\r\n\(host)\r\n", .refused(400)),
    .init("3", "too long a target is 414", "GET /" + String(repeating: "a", count: 9_000), .refused(414)),
    .init(
      "3", "a target of 8,000 octets is taken",
      "GET /" + String(repeating: "a", count: 7_999) + " HTTP/1.1\r\n\(host)\r\n",
      .taken("GET /" + String(repeating: "a", count: 7_999) + " - a.example ")),
    .init("3.1", "the method is case-sensitive", "get / HTTP/1.1\r\n\(host)\r\n", .taken("get / - a.example ")),
    .init("3.1", "the method is a token", "G@T / HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init("3.2", "no blank stands in the target", "GET /a b HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init("3.2", "a fragment is no part of a target", "GET /#a HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init("3.2.1", "a query stands apart", "GET /a?b HTTP/1.1\r\n\(host)\r\n", .taken("GET /a b a.example ")),
    .init(
      "3.2.2", "the absolute form is accepted, and outranks Host", "GET http://b.example/x HTTP/1.1\r\n\(host)\r\n",
      .taken("GET /x - b.example ")),
    .init("3.2.2", "it does not replace Host", "GET http://b.example/x HTTP/1.1\r\n\r\n", .refused(400)),
    .init("3.2.3", "CONNECT opens no tunnel", "CONNECT b.example:443 HTTP/1.1\r\n\(host)\r\n", .refused(501)),
    .init(
      "3.2.3", "the authority form is for CONNECT alone", "GET b.example:80 HTTP/1.1\r\n\(host)\r\n", .refused(400)),
    .init(
      "3.2.4", "OPTIONS may ask for the server as a whole", "OPTIONS * HTTP/1.1\r\n\(host)\r\n",
      .taken("OPTIONS * - a.example ")),
    .init("3.2.4", "no other method may", "GET * HTTP/1.1\r\n\(host)\r\n", .refused(400)),
  ]

  /// RFC 9112 §3.2
  private static let hosts: [Self] = [
    .init("3.2", "HTTP/1.1 without Host is 400", "GET / HTTP/1.1\r\n\r\n", .refused(400)),
    .init("3.2", "more than one Host is 400", "GET / HTTP/1.1\r\n\(host)\(host)\r\n", .refused(400)),
    .init("3.2", "an invalid Host is 400", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .refused(400)),
    .init("3.2", "an empty Host is 400", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .refused(400)),
    .init("3.2", "a list of Hosts is 400", "GET / HTTP/1.1\r\nHost: a.example, b.example\r\n\r\n", .refused(400)),
    .init("3.2", "HTTP/1.0 needs no Host", "GET / HTTP/1.0\r\n\r\n", .takenLast("GET / -  ")),
  ]

  /// RFC 9112 §5, RFC 9110 §5.5
  private static let fields: [Self] = [
    .init("5.1", "a blank before the colon is 400", "GET / HTTP/1.1\r\n\(host)X : a\r\n\r\n", .refused(400)),
    .init(
      "5.1", "blanks around a value are no part of it", "GET / HTTP/1.1\r\nHost: \t a.example \t\r\n\r\n", .taken(echo)),
    .init("5.1", "a name is a token", "GET / HTTP/1.1\r\n\(host)X(Y): a\r\n\r\n", .refused(400)),
    .init("5.1", "a name is not empty", "GET / HTTP/1.1\r\n\(host): a\r\n\r\n", .refused(400)),
    .init("5.1", "a field has a colon", "GET / HTTP/1.1\r\n\(host)nonsense\r\n\r\n", .refused(400)),
    .init("5.2", "an obsolete fold is refused", "GET / HTTP/1.1\r\n\(host)X: a\r\n b\r\n\r\n", .refused(400)),
    .init("9110 5.5", "NUL in a value is refused", "GET / HTTP/1.1\r\n\(host)X: a\0b\r\n\r\n", .refused(400)),
    .init(
      "9110 5.5", "bytes above ASCII in a value pass", "GET / HTTP/1.1\r\n\(host)X: caf\u{E9}\r\n\r\n", .taken(echo)),
    .init("9110 5.6.2", "names are case-insensitive", "GET / HTTP/1.1\r\nhOsT: a.example\r\n\r\n", .taken(echo)),
    .init(
      "9110 5.4", "too many fields are refused, not cut",
      "GET / HTTP/1.1\r\n\(host)" + String(repeating: "X: y\r\n", count: 100) + "\r\n", .refused(431)),
    .init(
      "9110 5.4", "too large fields are refused, not cut",
      "GET / HTTP/1.1\r\n\(host)X: " + String(repeating: "y", count: 17_000), .refused(431)),
  ]

  /// RFC 9112 §6
  private static let framings: [Self] = [
    .init(
      "6.1", "both framings are refused, and the connection closes",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .refused(400)),
    .init(
      "6.1", "an unknown coding is 501", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: br, chunked\r\n\r\n",
      .refused(501)),
    .init(
      "6.1", "chunked is not applied twice",
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", .refused(400)),
    .init(
      "6.1", "Transfer-Encoding in HTTP/1.0 is faulty framing",
      "POST / HTTP/1.0\r\n\(host)Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .refused(400)),
    .init(
      "6.3", "chunked must be last", "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      .refused(400)),
    .init(
      "6.3", "an invalid length is 400", "POST / HTTP/1.1\r\n\(host)Content-Length: +1\r\n\r\na", .refused(400)),
    .init(
      "6.3", "lengths that differ are 400",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", .refused(400)),
    .init(
      "6.3", "a list of lengths is 400", "POST / HTTP/1.1\r\n\(host)Content-Length: 1, 2\r\n\r\nab", .refused(400)),
    .init(
      "6.2", "a length beyond every integer is too large, not small",
      "POST / HTTP/1.1\r\n\(host)Content-Length: 18446744073709551617\r\n\r\na", .refused(413)),
    .init(
      "6.3", "exactly the announced octets are the content",
      "POST /p HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nabc", .taken("POST /p - a.example abc")),
    .init(
      "6.3", "without framing there is no content", "POST /p HTTP/1.1\r\n\(host)\r\n", .taken("POST /p - a.example ")),
  ]

  /// RFC 9112 §7
  private static let chunks: [Self] = [
    .init(
      "7.1", "chunked is decoded", chunked + "3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n",
      .taken("POST /c - a.example abc0123456789")),
    .init("7.1", "a size that overflows is not small", chunked + "10000000000000001\r\na\r\n0\r\n\r\n", .refused(413)),
    .init("7.1", "a huge size is too large", chunked + "fffffffffffffff\r\n", .refused(413)),
    .init("7.1", "a size is hexadecimal digits alone", chunked + "0x3\r\nabc\r\n0\r\n\r\n", .refused(400)),
    .init("7.1", "chunk data ends where its size says", chunked + "2\r\nabc\r\n0\r\n\r\n", .refused(400)),
    .init("7.1", "a bare LF ends no chunk line", chunked + "3\nabc\r\n0\r\n\r\n", .refused(400)),
    .init(
      "7.1.1", "unknown extensions are ignored", chunked + "1;a=b;c=\"d\"\r\nx\r\n0;e\r\n\r\n",
      .taken("POST /c - a.example x")),
    .init("7.1.1", "a line end in an extension is refused", chunked + "1;a=\"\n\"\r\nx\r\n0\r\n\r\n", .refused(400)),
    .init(
      "7.1.1", "extensions have a limit", chunked + "1;" + String(repeating: "a", count: 2_000) + "\r\nx\r\n0\r\n\r\n",
      .refused(400)),
    .init(
      "7.1.2", "trailer fields do not become fields", chunked + "1\r\nx\r\n0\r\nX-T: y\r\n\r\n",
      .taken("POST /c - a.example x")),
    .init("7.1.2", "a trailer may not frame", chunked + "0\r\nContent-Length: 5\r\n\r\n", .refused(400)),
  ]

  /// RFC 9112 §9
  private static let connections: [Self] = [
    .init("9.3", "HTTP/1.1 persists", "GET / HTTP/1.1\r\n\(host)\r\n", .taken(echo)),
    .init("9.3", "HTTP/1.0 does not", "GET / HTTP/1.0\r\n\(host)\r\n", .takenLast(echo)),
    .init(
      "9.6", "`close` closes after the answer", "GET / HTTP/1.1\r\n\(host)Connection: close\r\n\r\n", .takenLast(echo)),
    .init(
      "9.6", "`close` is found in a list", "GET / HTTP/1.1\r\n\(host)Connection: a, CLOSE\r\n\r\n", .takenLast(echo)),
    .init(
      "9.6", "nothing behind a request with `close` is answered",
      "GET / HTTP/1.1\r\n\(host)Connection: close\r\n\r\nGET /2 HTTP/1.1\r\n\(host)\r\n", .takenLast(echo)),
    .init(
      "9.6", "nothing behind an answer with `close` is answered",
      "GET /close HTTP/1.1\r\n\(host)\r\nGET /2 HTTP/1.1\r\n\(host)\r\n", .takenLast("")),
    .init(
      "9.3", "content that is not read closes the connection",
      "POST /unread HTTP/1.1\r\n\(host)Content-Length: 30\r\n\r\nGET /inside HTTP/1.1\r\n\(host)\r\n",
      .takenLast("POST /unread - a.example ")),
    .init(
      "9110 7.8", "Upgrade is ignored", "GET / HTTP/1.1\r\n\(host)Connection: upgrade\r\nUpgrade: h2c\r\n\r\n",
      .taken(echo)),
    .init(
      "9110 10.1.1", "an unknown expectation is 417",
      "POST / HTTP/1.1\r\n\(host)Expect: a\r\nContent-Length: 1\r\n\r\nx", .refused(417)),
  ]
}
