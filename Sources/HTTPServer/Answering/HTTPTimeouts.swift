/// How long one client may keep the server waiting, in nanoseconds.
package struct HTTPTimeouts: Sendable {
  package static let second: UInt64 = 1_000_000_000

  /// From a head's first byte to its last, and from a new connection to its first whole head; then 408.
  package var head = 10 * second
  /// From the end of the head to the end of the body; then 408.
  package var body = 30 * second
  /// From the last answer to the first byte of the next request; then the connection closes.
  package var idle = 75 * second
  /// In which a client must take all the bytes that waited for it at the beginning; then the connection is reset.
  package var write = 20 * second
  /// In which a client that was refused may go on sending before its connection closes: closed at once, the answer could be
  /// lost to a reset (RFC 9112 §9.6).
  package var linger = 2 * second

  package init() {}

  subscript(_ wait: Wait) -> UInt64 {
    switch wait {
    case .head: head
    case .body: body
    case .idle: idle
    case .write: write
    case .linger: linger
    }
  }
}

/// What a connection is waiting for its client to do.
enum Wait: Int, CaseIterable {
  case idle, head, body, write, linger

  /// All of them, made once.
  static let all = allCases
}
