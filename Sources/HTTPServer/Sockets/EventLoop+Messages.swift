internal import Glibc

/// What other threads have said.
extension EventLoop {
  mutating func deliver(_ message: Mailbox.Message) {
    switch message {
    case .answer(let id, let status, let fields, let content):
      find(id)?.answer(status, fields, content, application, context)
    case .abandoned(let id): find(id)?.abandon(application, context)
    case .beginStream(let id, let status, let fields, let flow):
      guard let connection = find(id) else { return flow.tellGone() }
      connection.beginStream(status, fields, flow, application, context)
    case .streamBytes(let id, let bytes): find(id)?.append(bytes)
    case .endStream(let id): find(id)?.endStream(application, context)
    case .abortStream(let id): find(id)?.reset()
    case .stop(let grace): stop(within: grace)
    }
  }

  /// The connection that still waits for the answer to this request.
  private mutating func find(_ id: ExchangeID) -> Connection? {
    guard let connection = connection(id.descriptor, id.generation), connection.request == id.request else {
      return nil
    }
    pool.lend(to: connection)
    markDue(connection)
    return connection
  }

  /// Accepts no more, answers what has arrived, and lets all go that wait for nothing from us.
  private mutating func stop(within grace: UInt64) {
    guard !context.isStopping else { return }
    context.isStopping = true
    end = context.now &+ grace
    acceptsAgain = nil
    for (index, listener) in listeners.enumerated() {
      accept(at: index)
      listener.end()
    }
    listeners = []
    for case let connection? in connections {
      if connection.mayRead() { read(connection) }
      if case .streaming(let flow) = connection.state { flow.tellStopping() }
      markDue(connection)
    }
  }
}
