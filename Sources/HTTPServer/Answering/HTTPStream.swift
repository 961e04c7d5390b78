/// An answer written piece by piece, from any thread. Let go without `end()` it is aborted, which its client can tell.
package final class HTTPStream: Sendable {
  package enum Event: Sendable {
    /// There is room again after a write that found none.
    case room
    /// The client has gone, or took too long, or the server has ended: nothing more will be taken.
    case gone
    /// The server is stopping: end soon.
    case stopping
  }

  package enum Write: Sendable {
    case taken
    /// Nothing was taken; `Event.room` tells when to try again.
    case full
    case gone
  }

  private let mailbox: Mailbox
  private let id: ExchangeID
  private let flow: StreamFlow

  init(_ mailbox: Mailbox, _ id: ExchangeID, _ flow: StreamFlow) {
    (self.mailbox, self.id, self.flow) = (mailbox, id, flow)
  }

  deinit { abort() }

  /// Takes all of it or nothing. A piece larger than the bound is taken when nothing else waits.
  package func write(_ bytes: [UInt8]) -> Write {
    let write = flow.admit(bytes.count)
    if write == .taken, !bytes.isEmpty { mailbox.post(.streamBytes(id, bytes)) }
    return write
  }

  /// The answer is complete.
  package func end() {
    if flow.close() { mailbox.post(.endStream(id)) }
  }

  /// Breaks the connection off, so that the client takes the answer for incomplete.
  package func abort() {
    if flow.close() { mailbox.post(.abortStream(id)) }
  }
}

/// How much of a stream waits for its client. Shared by whoever writes and the loop that sends.
final class StreamFlow: Sendable {
  private struct State {
    var waiting = 0
    var wantsRoom = false
    var isClosed = false
  }

  private let state = Locked(State())
  private let bound: Int
  private let notify: @Sendable (HTTPStream.Event) -> Void

  init(bound: Int, notify: @escaping @Sendable (HTTPStream.Event) -> Void) {
    (self.bound, self.notify) = (bound, notify)
  }

  func admit(_ count: Int) -> HTTPStream.Write {
    state.withLock { state in
      guard !state.isClosed else { return .gone }
      guard state.waiting == 0 || state.waiting + count <= bound else {
        state.wantsRoom = true
        return .full
      }
      state.waiting += count
      return .taken
    }
  }

  /// Whether it was open.
  func close() -> Bool {
    state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
  }

  /// So many bytes have left.
  func credit(_ count: Int) {
    let tells = state.withLock { state in
      state.waiting -= count
      defer { state.wantsRoom = state.wantsRoom && state.isClosed }
      return state.wantsRoom && !state.isClosed
    }
    if tells { notify(.room) }
  }

  func tellGone() {
    if close() { notify(.gone) }
  }

  func tellStopping() {
    let isOpen = state.withLock { !$0.isClosed }
    if isOpen { notify(.stopping) }
  }
}
