/// Answers that come from other threads, and streams.
extension Connection {
  func answer(
    _ status: HTTPStatus, _ fields: HTTPFields, _ content: [UInt8], _ application: some HTTPApplication,
    _ context: LoopContext
  ) {
    guard case .answering = state else { return }
    write(context, mayDefer: false, application) { _, response in
      response.begin(status)
      response.fields(fields)
      response.end(content.span)
    }
  }

  /// The application let an exchange go without an answer.
  func abandon(_ application: some HTTPApplication, _ context: LoopContext) {
    guard case .answering = state else { return }
    write(context, mayDefer: false, application) { _, _ in }
  }

  func beginStream(
    _ status: HTTPStatus, _ fields: HTTPFields, _ flow: StreamFlow, _ application: some HTTPApplication,
    _ context: LoopContext
  ) {
    guard case .answering = state, let head = reader?.head, fields.areValid else {
      flow.tellGone()
      return abandon(application, context)
    }
    var response = HTTPResponse(
      output: takeOutput(),
      context: HTTPResponse.Context(
        isVersion10: head.isVersion10, keepsAlive: head.keepsAlive && !context.isStopping, date: context.date))
    response.beginStream(status, fields)
    (self.status, answerCount) = (status, response.count)
    output = response.release()
    (state, streamWaiting) = (.streaming(flow), 0)
    if context.isStopping { flow.tellStopping() }
  }

  func append(_ bytes: [UInt8]) {
    guard case .streaming(let flow) = state, let head = reader?.head else { return }
    guard head.method != .head else { return flow.credit(bytes.count) }
    var output = takeOutput()
    defer { self.output = output }
    let before = output.count
    if head.isVersion10 {
      output.append(bytes.span)
    } else {
      output.append(hexadecimal: bytes.count)
      output.append("\r\n")
      output.append(bytes.span)
      output.append("\r\n")
    }
    answerCount += output.count - before
    streamWaiting += bytes.count
  }

  func endStream(_ application: some HTTPApplication, _ context: LoopContext) {
    guard case .streaming = state, let head = reader?.head else { return }
    if !head.isVersion10, head.method != .head {
      var output = takeOutput()
      output.append("0\r\n\r\n")
      self.output = output
      answerCount += 5
    }
    let keepsAlive = head.keepsAlive && !head.isVersion10 && !context.isStopping
    finish(keepsAlive: keepsAlive, application, context)
  }

  /// The descriptor is closed: whoever still works for this connection is told.
  func close(_ application: some HTTPApplication, _ context: LoopContext) {
    isClosed = true
    if case .streaming(let flow) = state { flow.tellGone() }
    switch state {
    case .answering, .streaming: finish(keepsAlive: false, isAborted: true, application, context)
    case .reading, .closing, .lingering: break
    }
  }
}

/// What the loop decides.
extension Connection {
  /// Its time is up.
  func expire(_ wait: Wait, _ application: some HTTPApplication, _ context: LoopContext) {
    switch wait {
    case .head where reader?.stage == .head, .body: refuse(.tooSlow, application, context)
    case .write where renewWrite(context.now): break
    case .write: reset()
    case .idle: forget()
    case .head, .linger: lose()
    }
  }

  /// The server is stopping: what has not been asked whole is not answered any more.
  func stop() {
    if case .reading = state, output.isEmpty, !hasBacklog { lose() }
    if case .lingering = state { lose() }
  }
}
