internal import CEpoll
internal import Glibc

/// A listening socket of one loop. All loops listen on the same address (SO_REUSEPORT), and the kernel shares the
/// connections out among them.
final class Listener: Sendable {
  let descriptor: Int32
  let address: SocketAddress

  /// Connections that the kernel holds before they are accepted.
  static let backlog: Int32 = 1_024

  /// Bytes that the kernel takes from us for a connection before it can send them. Without a bound it takes megabytes, and a
  /// client that reads nothing costs its memory for as long as it likes: our clock runs only for what waits with us.
  private static let unsentBytes: Int32 = 65_536

  /// One listener for each loop. Fails when anybody listens there already, ourselves included: SO_REUSEPORT alone would let two
  /// servers of the same user share a port, and each would miss what the other gets.
  static func open(_ address: SocketAddress, count: Int) throws(HTTPServerError) -> [Listener] {
    let probe = try bound(address, shares: false)
    guard listen(probe.number, backlog) == 0 else { throw HTTPServerError("listen on \(address)", errno) }
    let chosen = Self.name(probe.number)
    close(probe.release())
    var listeners: [Listener] = []
    for _ in 0..<count { listeners.append(Listener(try listening(chosen), chosen)) }
    return listeners
  }

  /// Takes over a listening socket.
  private init(_ descriptor: Int32, _ address: SocketAddress) {
    (self.descriptor, self.address) = (descriptor, address)
  }

  deinit {
    close(descriptor)
  }

  /// Listens no more: who comes now is refused, whoever else still holds this.
  func end() {
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
  }

  enum Accepted {
    case connection(Int32, SocketAddress)
    case none
    /// The process or the system has no descriptor left.
    case exhausted
  }

  func accept() -> Accepted {
    while true {
      var peer = sockaddr_storage()
      let number = unsafe cepoll_accept(descriptor, &peer)
      if number >= 0 { return .connection(number, SocketAddress(peer)) }
      switch errno {
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
      case EAGAIN: return .none
      // accept(2): errors of the new connection itself; the next one may be fine.
      default: continue
      }
    }
  }

  private static func name(_ number: Int32) -> SocketAddress {
    var storage = sockaddr_storage()
    let status = unsafe cepoll_name(number, &storage)
    precondition(status == 0, "a bound socket has a name")
    return SocketAddress(storage)
  }

  private static func listening(_ address: SocketAddress) throws(HTTPServerError) -> Int32 {
    let socket = try bound(address, shares: true)
    // What is accepted here inherits both. Answers are written whole: nothing is gained by waiting for more (tcp(7)).
    _ = cepoll_set(socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    _ = cepoll_set(socket.number, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, unsentBytes)
    guard listen(socket.number, backlog) == 0 else { throw HTTPServerError("listen on \(address)", errno) }
    return socket.release()
  }

  private static func bound(_ address: SocketAddress, shares: Bool) throws(HTTPServerError) -> Descriptor {
    let socket = Descriptor(cepoll_socket(address.family))
    guard socket.number >= 0 else { throw HTTPServerError("open a socket for \(address)", errno) }
    _ = cepoll_set(socket.number, SOL_SOCKET, SO_REUSEADDR, 1)
    if shares { _ = cepoll_set(socket.number, SOL_SOCKET, SO_REUSEPORT, 1) }
    if address.family == AF_INET6 { _ = cepoll_set(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
    var storage = address.storage
    guard unsafe cepoll_bind(socket.number, &storage) == 0 else {
      throw HTTPServerError("listen on \(address)", errno)
    }
    return socket
  }
}
