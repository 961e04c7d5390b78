/// The bytes of one connection on their way in, and how far they have been understood. Pure memory: no socket, no clock.
///
/// The bytes of a request, its content behind its head, stay in front until `finish()`; those of later requests wait
/// behind them. It belongs to one connection at a time, and is handed on by its reference: it is large.
final class RequestReader {
  enum Step: Equatable {
    case needsMore
    /// A head with content announced: say `acceptBody(upTo:)`, or answer by the head alone and close.
    case head
    /// A whole request.
    case complete
  }

  /// What the reader waits for.
  enum Stage: Equatable {
    case nothingYet, head, admission, body, complete
  }

  /// In one piece: of an object each access is checked at run time.
  private var state: State

  init(limits: HTTPLimits, buffer: ByteBuffer = ByteBuffer()) { state = State(limits: limits, buffer: buffer) }

  var buffer: ByteBuffer {
    _read { yield state.buffer }
    _modify { yield &state.buffer }
  }
  /// Lent, not copied, which would count a reference up and down.
  var head: HTTPHead { _read { yield state.head } }
  var stage: Stage { state.stage }

  /// Whether bytes wait behind the request in front.
  var hasMore: Bool { state.hasMore }

  /// Shows the request in front: its head, and as much of its content as is there.
  func withRequest<Result>(_ body: (borrowing HTTPRequest) -> Result) -> Result {
    let buffer = state.buffer
    return body(HTTPRequest(bytes: buffer.bytes, head: state.head, bodyCount: state.bodyCount))
  }

  /// Understands as much as there is. Once it has thrown, this connection's bytes mean nothing any more.
  func advance() throws(HTTPRefusal) -> Step { try state.advance() }

  /// Takes the content, if it is announced with at most `limit` bytes.
  func acceptBody(upTo limit: Int) throws(HTTPRefusal) { try state.acceptBody(upTo: limit) }

  /// Lets the bytes of the request in front go.
  func finish() { state.finish() }
}

extension RequestReader {
  fileprivate struct State {
    var buffer: ByteBuffer
    private var parser: HeadParser
    private var decoder: ChunkedDecoder?
    private(set) var stage = Stage.nothingYet
    /// Bytes of content behind the head so far; in the end all.
    private(set) var bodyCount = 0
    /// Bytes of a chunked body that have been dealt with, from the head's first byte on.
    private var cursor = 0
    private let limits: HTTPLimits

    init(limits: HTTPLimits, buffer: ByteBuffer) {
      (self.limits, self.buffer) = (limits, buffer)
      parser = HeadParser(limits: limits)
    }

    var head: HTTPHead { _read { yield parser.head } }

    var hasMore: Bool { buffer.count > parser.head.length + bodyCount }

    mutating func advance() throws(HTTPRefusal) -> Step {
      if stage == .nothingYet || stage == .head {
        guard try advanceHead() == .complete else {
          stage = parser.isFresh && buffer.isEmpty ? .nothingYet : .head
          return .needsMore
        }
        stage = parser.head.framing == .none ? .complete : .admission
      }
      switch stage {
      case .nothingYet, .head: return .needsMore
      case .admission: return .head
      case .body: return try advanceBody() ? .complete : .needsMore
      case .complete: return .complete
      }
    }

    mutating func acceptBody(upTo limit: Int) throws(HTTPRefusal) {
      precondition(stage == .admission, "there is no head to decide on")
      if case .length(let length) = parser.head.framing, length > limit { throw .bodyTooLarge }
      if parser.head.framing == .chunked { decoder = ChunkedDecoder(allowance: limit, limits: limits) }
      cursor = parser.head.length
      stage = .body
    }

    mutating func finish() {
      precondition(stage == .complete, "no request is complete")
      buffer.removeFirst(parser.head.length + bodyCount)
      parser.reset()
      (decoder, bodyCount, cursor, stage) = (nil, 0, 0, .nothingYet)
    }

    private mutating func advanceHead() throws(HTTPRefusal) -> HeadParser.Progress {
      let buffer = buffer
      return try parser.advance(buffer.bytes)
    }

    private mutating func advanceBody() throws(HTTPRefusal) -> Bool {
      if case .length(let length) = parser.head.framing {
        bodyCount = min(length, buffer.count - parser.head.length)
        if bodyCount == length { stage = .complete }
      } else {
        try decode()
      }
      return stage == .complete
    }

    /// Moves the content of the chunks together behind the head, over their framing.
    private mutating func decode() throws(HTTPRefusal) {
      guard var decoder else { preconditionFailure("a chunked body was accepted") }
      var contentEnd = parser.head.length + bodyCount
      loop: while true {
        switch try advanceChunks(&decoder) {
        case .data(let range):
          buffer.shift(range, to: contentEnd)
          contentEnd += range.count
        case .needsMore: break loop
        case .complete:
          stage = .complete
          break loop
        }
      }
      buffer.remove(contentEnd..<cursor)
      cursor = contentEnd
      bodyCount = contentEnd - parser.head.length
      self.decoder = decoder
    }

    private mutating func advanceChunks(_ decoder: inout ChunkedDecoder) throws(HTTPRefusal) -> ChunkedDecoder.Step {
      let buffer = buffer
      return try decoder.next(buffer.bytes, at: &cursor)
    }
  }
}
