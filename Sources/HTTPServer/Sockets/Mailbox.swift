internal import CEpoll
internal import Glibc

/// What other threads say to a loop. Bounded by what they may say: one answer for each request that was deferred, and
/// of each stream as much as its bound.
final class Mailbox: Sendable {
  enum Message: Sendable {
    case answer(ExchangeID, HTTPStatus, HTTPFields, [UInt8])
    /// An exchange was let go unanswered.
    case abandoned(ExchangeID)
    case beginStream(ExchangeID, HTTPStatus, HTTPFields, StreamFlow)
    case streamBytes(ExchangeID, [UInt8])
    case endStream(ExchangeID)
    case abortStream(ExchangeID)
    /// Accept no more, and end within so many nanoseconds.
    case stop(UInt64)
  }

  private let messages = Locked<[Message]>([])
  /// Readable while there may be messages.
  let descriptor: Int32

  init() throws(HTTPServerError) {
    descriptor = cepoll_eventfd()
    guard descriptor >= 0 else { throw HTTPServerError("create an event descriptor", errno) }
  }

  deinit {
    close(descriptor)
  }

  func post(_ message: Message) {
    let isFirst = messages.withLock { messages in
      messages.append(message)
      return messages.count == 1
    }
    guard isFirst else { return }
    var one: UInt64 = 1
    // It fails only when the counter is full, and then the loop is awake.
    _ = unsafe write(descriptor, &one, 8)
  }

  /// Takes all that was said, in order.
  func take() -> [Message] {
    var count: UInt64 = 0
    _ = unsafe read(descriptor, &count, 8)
    return messages.withLock { messages in
      var taken: [Message] = []
      swap(&taken, &messages)
      return taken
    }
  }
}
