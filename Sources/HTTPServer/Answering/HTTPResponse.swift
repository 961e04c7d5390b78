/// Where the answer to one request is written: straight into the connection's output.
///
/// Either `begin`, fields and `end`, before `handle` returns, or `later`. Date, Connection, Content-Length and the framing are
/// the server's; everything else is the application's. A HEAD is answered as if it were a GET, and its content is not sent.
package struct HTTPResponse: ~Copyable {
  enum State {
    case empty, fields, ended, deferred
  }

  /// What the answer depends on beside the application.
  struct Context {
    var isHead = false
    var isVersion10 = false
    var keepsAlive = true
    /// `Date: …` with its CRLF.
    var date: [UInt8] = []
    /// Where another thread sends an answer to; nil where none can be sent.
    var origin: (mailbox: Mailbox, id: ExchangeID)?
  }

  var output: ByteBuffer
  private(set) var state = State.empty
  private(set) var status = HTTPStatus.internalServerError
  private(set) var context: Context
  private var isValid = true
  /// Bytes of earlier answers before this one.
  private let start: Int

  init(output: consuming ByteBuffer, context: Context) {
    start = output.count
    self.output = output
    self.context = context
  }

  /// Whether it can be sent as it is.
  var isWhole: Bool { isValid && (state == .ended || state == .deferred) }

  /// Bytes of this answer.
  var count: Int { output.count - start }

  /// Gives the output back, with the answer in it.
  consuming func release() -> ByteBuffer { output }

  /// Takes back what was written, for another answer in its place, after which the connection closes.
  mutating func startOver() {
    output.truncate(to: start)
    (state, isValid, context.keepsAlive) = (.empty, true, false)
  }
}

// MARK: What the application says

extension HTTPResponse {
  /// Closes the connection after this answer. To be said before `begin`.
  package mutating func closeAfterwards() {
    precondition(state == .empty, "the Connection field is written already")
    context.keepsAlive = false
  }

  package mutating func begin(_ status: HTTPStatus) {
    precondition(state == .empty, "an answer has begun already")
    (self.status, state) = (status, .fields)
    let date = context.date
    output.append(atMost: 64 + date.count) { line in
      line.put("HTTP/1.1 ")
      for place in [100, 10, 1] { line.put(0x30 + UInt8(status.rawValue / place % 10)) }
      line.put(0x20)
      line.put(status.reason)
      line.put("\r\n")
      line.put(date.span)
    }
    if !context.keepsAlive {
      output.append("Connection: close\r\n")
    } else if context.isVersion10 {
      output.append("Connection: keep-alive\r\n")
    }
  }

  /// A value that HTTP could not carry makes the whole answer a 500, because it may come from outside.
  package mutating func field(_ name: StaticString, _ value: Span<UInt8>) {
    precondition(state == .fields, "fields stand between begin and end")
    isValid = isValid && value.isFieldValue
    output.append(atMost: name.utf8CodeUnitCount + value.count + 4) { line in
      line.put(name)
      line.put(": ")
      line.put(value)
      line.put("\r\n")
    }
  }

  package mutating func field(_ name: StaticString, _ value: StaticString) {
    precondition(state == .fields, "fields stand between begin and end")
    output.append(atMost: name.utf8CodeUnitCount + value.utf8CodeUnitCount + 4) { line in
      line.put(name)
      line.put(": ")
      line.put(value)
      line.put("\r\n")
    }
  }

  package mutating func fields(_ fields: HTTPFields) {
    precondition(state == .fields, "fields stand between begin and end")
    isValid = isValid && fields.areValid
    output.append(fields.rendered.span)
  }

  /// Ends an answer without content.
  package mutating func end() {
    end([UInt8]().span)
  }

  package mutating func end(_ content: Span<UInt8>) {
    precondition(state == .fields, "an answer ends once, after it began")
    precondition(content.isEmpty || !status.hasNoContent, "this status has no content")
    state = .ended
    if !status.hasNoContent {
      output.append("Content-Length: ")
      output.append(decimal: content.count)
      output.append("\r\n")
    }
    output.append("\r\n")
    if !context.isHead { output.append(content) }
  }

  /// The answer comes later, from any thread, through what this returns. Further requests of the connection wait
  /// for it. An exchange that is let go unanswered is answered with a 500.
  package mutating func later() -> HTTPExchange {
    precondition(state == .empty, "an answer has begun already")
    guard let origin = context.origin else { preconditionFailure("a refusal is answered at once") }
    state = .deferred
    return HTTPExchange(origin.mailbox, origin.id)
  }
}

// MARK: Streams

extension HTTPResponse {
  /// The head of an answer of unknown length: chunked, or up to the close for HTTP/1.0 (RFC 9112 §6.3).
  mutating func beginStream(_ status: HTTPStatus, _ fields: HTTPFields) {
    precondition(!status.hasNoContent, "this status has no content")
    if context.isVersion10 { context.keepsAlive = false }
    begin(status)
    self.fields(fields)
    if !context.isVersion10 { output.append("Transfer-Encoding: chunked\r\n") }
    output.append("\r\n")
    state = .ended
  }
}
