/// What a server serves. Each loop has one of its own, made, used and let go on that loop's thread alone: it needs no lock, and must never
/// wait, because everybody on the loop would wait with it.
package protocol HTTPApplication: AnyObject, SendableMetatype {
  /// Called once a turn, after all ready sockets were read and before any request of the turn is answered: whatever
  /// was true when those bytes arrived can be seen now. Bytes that arrive later wait for another turn.
  func turn()

  /// The head of a request with content is there, the content not yet. The most bytes of content it may have, else 413;
  /// nil to answer by the head alone, after which the connection closes. Not called without content.
  func bodyLimit(_ request: borrowing HTTPRequest) -> Int?

  /// Answers a whole request, at once or later. The request is gone when this returns: copy what is needed later.
  func handle(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse)

  /// Answers, at once, what the server itself refuses, with the refusal's status. The connection closes afterwards.
  func refuse(_ refusal: HTTPRefusal, _ response: inout HTTPResponse)

  /// An answer to what `handle` was given is complete or will never be.
  func finished(_ request: borrowing HTTPRequest, _ record: HTTPRecord)
}

/// What became of a request, for the access log.
package struct HTTPRecord: Sendable {
  package var status: HTTPStatus
  /// Bytes of the answer, its head included, that were put out for the client.
  package var byteCount: Int
  /// Nanoseconds from the reading of the request's last byte to the answer's last.
  package var duration: UInt64
  /// Whether the client has gone, or the server gave it up, before the answer was complete.
  package var isAborted: Bool
  package var peer: SocketAddress
}
