/// One connection without its socket: bytes come in, the application is asked, bytes wait to go out. It knows
/// what it waits for and what is to be done with the socket; the loop around it only does it. No system call is made here.
final class Connection {
  enum State {
    /// Waits for a request, or reads one.
    case reading
    /// An answer comes later.
    case answering
    case streaming(StreamFlow)
    /// What is in `output` goes out, then it closes; slowly, if the client may still be sending.
    case closing(lingers: Bool)
    /// What still comes in is thrown away.
    case lingering
  }

  /// What is to be done with the socket after a turn.
  enum Action {
    case keep, endOutput, close
  }

  let descriptor: Int32
  let generation: UInt32
  let peer: SocketAddress
  /// Nil while there is nothing to read: ten thousand idle connections need no buffers.
  var reader: RequestReader?
  var output = ByteBuffer()
  var state = State.reading
  /// Counts the requests of this connection.
  var request: UInt32 = 0
  /// When the current request was whole.
  var requestBegan: UInt64 = 0
  var status = HTTPStatus.ok
  /// Bytes of the current answer.
  var answerCount = 0
  /// Bytes of a stream that wait in `output`.
  var streamWaiting = 0
  /// The client sends no more.
  private(set) var inputEnded = false
  /// There may be another whole request in the buffer.
  var hasBacklog = false
  /// The client sends more while its answer is awaited: it has to wait.
  private(set) var isPaused = false
  /// Nothing can be received or sent any more, or shall be.
  private(set) var isLost = false
  /// Whether its end is to be a reset.
  private(set) var resets = false
  /// Whether its client asked nothing for so long that it need not have the rest of an answer either.
  private(set) var isForgotten = false
  /// Its descriptor is closed, and may already be another's.
  var isClosed = false
  /// Whether the loop has it on its list for this turn.
  var isDue = false
  /// What epoll has been told to wait for.
  var watched: Interest = .read

  private var wait: Wait?
  private var waitsSince: UInt64
  private var bytesQueued: UInt64 = 0
  private var bytesSent: UInt64 = 0
  /// By the end of a write's time so many bytes must be sent.
  private var writeGoal: UInt64 = 0

  /// - Parameter now: nanoseconds. The time for the first head runs from here.
  init(descriptor: Int32, generation: UInt32, peer: SocketAddress, now: UInt64) {
    (self.descriptor, self.generation, self.peer) = (descriptor, generation, peer)
    (wait, waitsSince) = (.head, now)
  }

  var exchange: ExchangeID { ExchangeID(descriptor: descriptor, generation: generation, request: request) }

  /// What it waits for its client to do, and since when.
  var waiting: (wait: Wait?, since: UInt64) { (wait, waitsSince) }

  // MARK: What happened to the socket

  /// Whether bytes shall be read now. A client that sends on while it waits for an answer is left alone until then.
  func mayRead() -> Bool {
    switch state {
    case .reading: return !inputEnded && !hasBacklog && output.isEmpty
    case .answering, .streaming:
      isPaused = true
      return false
    case .lingering: return !inputEnded
    case .closing: return false
    }
  }

  /// The client has sent its last byte. What it asked before is still answered: it may only have closed its half.
  func endInput() {
    inputEnded = true
  }

  /// Nothing can be sent any more, or is worth it.
  func lose() {
    isLost = true
  }

  /// Its client has asked nothing for too long.
  func forget() {
    (isLost, isForgotten) = (true, true)
  }

  /// Breaks off, so that the client takes what it has got for incomplete.
  func reset() {
    (isLost, resets) = (true, true)
  }

  func sent(_ count: Int) {
    output.removeFirst(count)
    bytesSent += UInt64(count)
    guard output.isEmpty, case .streaming(let flow) = state, streamWaiting > 0 else { return }
    flow.credit(streamWaiting)
    streamWaiting = 0
  }

  // MARK: What to do with the socket

  var interest: Interest {
    var interest: Interest = output.isEmpty ? [] : .write
    switch state {
    case .reading where !inputEnded && !hasBacklog && output.isEmpty: interest.insert(.read)
    case .answering where !isPaused && !inputEnded: interest.insert(.read)
    case .streaming where !isPaused && !inputEnded: interest.insert(.read)
    case .lingering: interest.insert(.read)
    default: break
    }
    return interest
  }

  /// To be called when a turn has done what it could: moves the state on, and starts the right clock.
  func settle(_ now: UInt64) -> Action {
    if isLost { return .close }
    var action = Action.keep
    switch state {
    case .closing(let lingers) where output.isEmpty:
      guard lingers, !inputEnded else { return .close }
      (state, action) = (.lingering, .endOutput)
    case .reading where inputEnded && output.isEmpty && !hasBacklog: return .close
    case .lingering where inputEnded: return .close
    case .reading: isPaused = false
    default: break
    }
    startClock(now)
    return action
  }

  /// The write's time is up: whether the client took what waited when it began. If so, it has as long again.
  func renewWrite(_ now: UInt64) -> Bool {
    guard bytesSent >= writeGoal else { return false }
    (writeGoal, waitsSince) = (bytesSent + UInt64(output.count), now)
    return true
  }

  /// A request has been answered: whatever is waited for next is waited for anew.
  func forgetWait() {
    wait = nil
  }

  private func startClock(_ now: UInt64) {
    let next = nextWait
    guard next != wait else { return }
    (wait, waitsSince) = (next, now)
    if next == .write { writeGoal = bytesSent + UInt64(output.count) }
  }

  private var nextWait: Wait? {
    if !output.isEmpty { return .write }
    switch state {
    case .reading:
      switch reader?.stage ?? .nothingYet {
      case .nothingYet: return request == 0 ? .head : .idle
      case .head: return .head
      case .admission, .body, .complete: return .body
      }
    case .lingering: return .linger
    case .answering, .streaming, .closing: return nil
    }
  }
}
