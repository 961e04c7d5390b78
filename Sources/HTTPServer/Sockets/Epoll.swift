internal import CEpoll
internal import Glibc

/// What a loop waits for at a descriptor. Errors and hang-ups are told in any case.
struct Interest: OptionSet {
  let rawValue: UInt32

  static let read = Interest(rawValue: EPOLLIN.rawValue)
  static let write = Interest(rawValue: EPOLLOUT.rawValue)
}

/// epoll(7), level-triggered.
struct Epoll: ~Copyable {
  struct Ready {
    let token: UInt64
    private let events: UInt32

    fileprivate init(_ ready: cepoll_ready) {
      (token, events) = (ready.token, ready.events)
    }

    var isReadable: Bool { events & EPOLLIN.rawValue != 0 }
    var isWritable: Bool { events & EPOLLOUT.rawValue != 0 }
    /// An error, or both directions are closed: nothing can be sent any more.
    var isBroken: Bool { events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 }
  }

  private let descriptor: Descriptor
  private var ready = [cepoll_ready](repeating: cepoll_ready(), count: Int(CEPOLL_MOST))
  private(set) var count = 0

  init() throws(HTTPServerError) {
    let number = cepoll_create()
    guard number >= 0 else { throw HTTPServerError("create an epoll instance", errno) }
    descriptor = Descriptor(number)
  }

  /// What the last `wait` found.
  subscript(_ index: Int) -> Ready { Ready(ready[index]) }

  /// Waits until something is ready, at most so long; nil waits for ever.
  mutating func wait(milliseconds: Int32?) {
    let found = unsafe ready.withUnsafeMutableBufferPointer { ready in
      unsafe cepoll_wait(descriptor.number, ready.baseAddress, milliseconds ?? -1)
    }
    // A signal (EINTR) is a turn with nothing ready.
    precondition(found >= 0 || errno == EINTR, "epoll_wait fails only for wrong arguments")
    count = max(0, Int(found))
  }

  /// False when the system has no memory for it.
  func add(_ number: Int32, _ interest: Interest, token: UInt64) -> Bool {
    cepoll_control(descriptor.number, EPOLL_CTL_ADD, number, interest.rawValue, token) == 0
  }

  func change(_ number: Int32, _ interest: Interest, token: UInt64) {
    let status = cepoll_control(descriptor.number, EPOLL_CTL_MOD, number, interest.rawValue, token)
    precondition(status == 0, "a registered descriptor is changed")
  }
}
