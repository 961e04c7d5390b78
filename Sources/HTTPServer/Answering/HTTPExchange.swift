import Synchronization

/// Names one request of one connection of a loop, for ever: neither a later connection with the same descriptor nor a
/// later request of the same connection is taken for it.
struct ExchangeID: Sendable, Equatable {
  var descriptor: Int32
  var generation: UInt32
  var request: UInt32
}

/// A request that is answered later, by whatever thread knows the answer. Answered once: only the first answer counts.
package final class HTTPExchange: Sendable {
  private let mailbox: Mailbox
  private let id: ExchangeID
  private let isAnswered = Atomic(false)

  init(_ mailbox: Mailbox, _ id: ExchangeID) {
    (self.mailbox, self.id) = (mailbox, id)
  }

  deinit {
    if take() { mailbox.post(.abandoned(id)) }
  }

  package func answer(_ status: HTTPStatus, _ fields: HTTPFields, _ content: [UInt8] = []) {
    if take() { mailbox.post(.answer(id, status, fields, content)) }
  }

  /// Begins an answer whose length is not known yet. Nil when it was answered already.
  ///
  /// - Parameters:
  ///   - bound: bytes that may wait for the client.
  ///   - notify: called on the loop's thread, and must not wait.
  package func stream(
    _ status: HTTPStatus, _ fields: HTTPFields, bound: Int = 65_536,
    notify: @escaping @Sendable (HTTPStream.Event) -> Void
  ) -> HTTPStream? {
    guard take() else { return nil }
    let flow = StreamFlow(bound: bound, notify: notify)
    mailbox.post(.beginStream(id, status, fields, flow))
    return HTTPStream(mailbox, id, flow)
  }

  private func take() -> Bool {
    !isAnswered.exchange(true, ordering: .relaxed)
  }
}
