internal import CEpoll
internal import Glibc

extension EventLoop {
  /// The connection that a token means, unless it has been closed since.
  func connection(_ token: UInt64) -> Connection? {
    connection(Int32(truncatingIfNeeded: token), UInt32(token >> 32))
  }

  func connection(_ descriptor: Int32, _ generation: UInt32) -> Connection? {
    guard descriptor >= 0, Int(descriptor) < connections.count else { return nil }
    guard let connection = connections[Int(descriptor)], connection.generation == generation else { return nil }
    return connection
  }

  // MARK: Accepting

  /// Connections accepted in one turn from one listener; the rest wait for the next.
  private static var acceptsPerTurn: Int { 64 }

  mutating func accept(at index: Int) {
    for _ in 0..<Self.acceptsPerTurn {
      guard index < listeners.count else { return }
      switch listeners[index].accept() {
      case .none: return
      case .exhausted:
        if !makeRoom() { return pauseAccepting() }
      case .connection(let descriptor, let peer):
        context.counters.add(.accepted)
        if connectionCount >= context.limits.connections, !makeRoom() {
          context.counters.add(.turnedAway)
          context.counters.add(.closed)
          Glibc.close(descriptor)
        } else {
          welcome(descriptor, peer)
        }
      }
    }
  }

  private mutating func welcome(_ descriptor: Int32, _ peer: SocketAddress) {
    generation &+= 1
    let connection = Connection(
      descriptor: descriptor, generation: generation & 0x7FFF_FFFF, peer: peer, now: context.now)
    guard epoll.add(descriptor, .read, token: Token.connection(connection)) else {
      context.counters.add(.turnedAway)
      context.counters.add(.closed)
      Glibc.close(descriptor)
      return
    }
    let slot = Int(descriptor)
    if slot >= connections.count {
      connections.append(contentsOf: repeatElement(nil, count: max(slot + 1 - connections.count, connections.count)))
    }
    connections[slot] = connection
    connectionCount += 1
    timeouts.set(descriptor, .head, since: context.now)
  }

  /// Closes who has kept us waiting longest: for a request, else for its head, else for its body. Those that
  /// are being answered stay.
  private mutating func makeRoom() -> Bool {
    for wait in [Wait.idle, .head, .body] {
      guard let slot = timeouts.longest(wait), let connection = connections[Int(slot)] else { continue }
      context.counters.add(.turnedAway)
      close(connection)
      return true
    }
    return false
  }

  /// Nobody can be accepted: without this the waiting ones would wake the loop over and over.
  private mutating func pauseAccepting() {
    for (index, listener) in listeners.enumerated() {
      epoll.change(listener.descriptor, [], token: Token.listener(index))
    }
    acceptsAgain = context.now + 100_000_000
  }

  mutating func resumeAccepting() {
    acceptsAgain = nil
    for (index, listener) in listeners.enumerated() {
      epoll.change(listener.descriptor, .read, token: Token.listener(index))
    }
  }

  // MARK: Bytes

  /// Bytes that are read into at least.
  private static var leastRoom: Int { 1_024 }

  /// One read: if there is more, the next turn has its own look.
  mutating func read(_ connection: Connection) {
    pool.lend(to: connection)
    guard let reader = connection.reader else { preconditionFailure("a reader was lent") }
    let count = unsafe reader.buffer.fill(atLeast: Self.leastRoom) { room in
      var count: Int
      repeat {
        count = unsafe recv(connection.descriptor, room.baseAddress, room.count, 0)
      } while count < 0 && errno == EINTR
      return count
    }
    let failure = errno
    if case .lingering = connection.state { reader.buffer.removeFirst(reader.buffer.count) }
    if count > 0 {
      context.counters.add(.bytesIn, count)
    } else if count == 0 {
      connection.endInput()
    } else if failure != EAGAIN {
      connection.lose()
    }
  }

  /// Sends what waits, as much as the kernel takes.
  func write(_ connection: Connection) {
    while !connection.output.isEmpty {
      let output = connection.output
      let count = unsafe output.bytes.withUnsafeBytes { bytes in
        unsafe send(connection.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        context.counters.add(.bytesOut, count)
        connection.sent(count)
      } else if errno != EINTR {
        if errno != EAGAIN { connection.lose() }
        return
      }
    }
  }

  mutating func close(_ connection: Connection) {
    connection.close(application, context)
    timeouts.set(connection.descriptor, nil, since: 0)
    connections[Int(connection.descriptor)] = nil
    connectionCount -= 1
    context.counters.add(.closed)
    if connection.resets || (connection.isForgotten && cepoll_unacknowledged(connection.descriptor) > 0) {
      _ = cepoll_reset_on_close(connection.descriptor)
    }
    // Closing takes it out of epoll as well.
    Glibc.close(connection.descriptor)
    pool.collect(from: connection)
  }
}
