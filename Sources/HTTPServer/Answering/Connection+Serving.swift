/// Requests that are answered at once.
extension Connection {
  /// Answers what is whole in the buffer, until an answer must be waited for, the client has to take some, or it is
  /// another's turn.
  func serve(_ application: some HTTPApplication, _ context: LoopContext) {
    hasBacklog = false
    for _ in 0..<context.limits.pipelinedRequests {
      guard case .reading = state, reader != nil, !isLost else { return }
      guard output.count < context.limits.waitingOutput else {
        hasBacklog = true
        return
      }
      guard step(application, context) else { return }
    }
    if case .reading = state, let reader { hasBacklog = !reader.buffer.isEmpty }
  }

  /// Whether there may be more to do.
  private func step(_ application: some HTTPApplication, _ context: LoopContext) -> Bool {
    do throws(HTTPRefusal) {
      switch try reader?.advance() {
      case .needsMore, nil: return false
      case .head:
        guard let limit = reader?.withRequest({ application.bodyLimit($0) }) else {
          handle(application, context)
          return false
        }
        try reader?.acceptBody(upTo: limit)
        askForBody()
      case .complete:
        handle(application, context)
      }
      return true
    } catch {
      refuse(error, application, context)
      return false
    }
  }

  /// RFC 9110 §10.1.1: the interim answer may be left out when content has already come.
  private func askForBody() {
    guard let reader, reader.head.expectsContinue, reader.buffer.count == reader.head.length else { return }
    var output = takeOutput()
    output.append("HTTP/1.1 100 Continue\r\n\r\n")
    self.output = output
  }

  private func handle(_ application: some HTTPApplication, _ context: LoopContext) {
    request &+= 1
    (requestBegan, answerCount) = (context.now, 0)
    context.counters.add(.requests)
    write(context, mayDefer: true, application) { reader, response in
      reader.withRequest { application.handle($0, &response) }
    }
  }

  /// Refuses what can't be read on from, or came too slowly. The connection closes.
  func refuse(_ refusal: HTTPRefusal, _ application: some HTTPApplication, _ context: LoopContext) {
    context.counters.add(.refused)
    var response = HTTPResponse(
      output: takeOutput(), context: HTTPResponse.Context(keepsAlive: false, date: context.date))
    Self.refuse(refusal, &response, application)
    output = response.release()
    reader = nil
    state = .closing(lingers: true)
  }

  /// Lets `body` write an answer to the request in front, and sees to it that there is one.
  func write(
    _ context: LoopContext, mayDefer: Bool, _ application: some HTTPApplication,
    _ body: (RequestReader, inout HTTPResponse) -> Void
  ) {
    guard let reader else { preconditionFailure("a request is answered once, while it is there") }
    var response = HTTPResponse(
      output: takeOutput(),
      context: HTTPResponse.Context(
        isHead: reader.head.method == .head, isVersion10: reader.head.isVersion10,
        keepsAlive: reader.head.keepsAlive && reader.stage == .complete && !context.isStopping,
        date: context.date, origin: mayDefer ? (context.mailbox, exchange) : nil))
    body(reader, &response)
    if !response.isWhole {
      response.startOver()
      Self.refuse(.unanswered, &response, application)
    }
    (status, answerCount) = (response.status, answerCount + response.count)
    let (isDeferred, keepsAlive) = (response.state == .deferred, response.context.keepsAlive)
    output = response.release()
    if isDeferred {
      state = .answering
    } else {
      finish(keepsAlive: keepsAlive, application, context)
    }
  }

  /// The answer to the request in front is complete.
  func finish(keepsAlive: Bool, isAborted: Bool = false, _ application: some HTTPApplication, _ context: LoopContext) {
    guard let reader else { preconditionFailure("a request is answered once") }
    let record = HTTPRecord(
      status: status, byteCount: answerCount, duration: context.clock() &- requestBegan, isAborted: isAborted,
      peer: peer)
    reader.withRequest { application.finished($0, record) }
    forgetWait()
    guard keepsAlive else {
      // Content that was not read, or requests behind this one: the client may still be sending.
      state = .closing(lingers: reader.stage != .complete || reader.hasMore)
      self.reader = nil
      return
    }
    reader.finish()
    state = .reading
  }

  /// An answer that says no, come what may.
  private static func refuse(
    _ refusal: HTTPRefusal, _ response: inout HTTPResponse, _ application: some HTTPApplication
  ) {
    application.refuse(refusal, &response)
    if response.isWhole { return }
    response.startOver()
    response.begin(refusal.status)
    response.end()
  }

  /// To be written to, and then put back: in its place each change would be checked against all others at run time.
  func takeOutput() -> ByteBuffer {
    let taken = output
    output = ByteBuffer()
    return taken
  }
}
