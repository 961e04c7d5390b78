import Glibc

/// A client that sends exactly the bytes it is told. Waits at most five minutes for anything: a sanitizer makes servers
/// slow.
/// Used by one thread at a time.
final class Client: @unchecked Sendable {
  private let socket: Int32
  private var received: [UInt8] = []
  private(set) var isAtEnd = false
  /// Whether the server broke the connection off instead of closing it.
  private(set) var wasReset = false

  init(port: UInt16) {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    precondition(Self.connects(socket, port), "the server listens")
  }

  /// Whether nobody listens there.
  static func isRefused(port: UInt16) -> Bool {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    return !connects(socket, port) && errno == ECONNREFUSED
  }

  private static func connects(_ socket: Int32, _ port: UInt16) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe connect(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  deinit { close(socket) }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in
        unsafe Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Breaks the connection off when this is let go.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    _ = unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
  }

  /// Sends no more, and still reads.
  func endInput() { _ = shutdown(socket, Int32(SHUT_WR)) }

  /// The next answer: its head and what Content-Length announces, or the whole chunked body as it came.
  ///
  /// - Parameter hasContent: false for an answer to HEAD.
  func answer(hasContent: Bool = true) -> Answer? {
    guard let headEnd = wait(for: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: received[..<headEnd], as: UTF8.self)
    received.removeFirst(headEnd)
    var answer = Answer(head: head)
    guard hasContent else { return answer }
    if answer["transfer-encoding"] == "chunked" {
      guard let end = wait(for: Array("0\r\n\r\n".utf8)) else { return nil }
      answer.content = String(decoding: received[..<end], as: UTF8.self)
      received.removeFirst(end)
    } else if let length = answer["content-length"].flatMap({ Int($0) }) {
      while received.count < length { guard more() else { return nil } }
      answer.content = String(decoding: received[..<length], as: UTF8.self)
      received.removeFirst(length)
    }
    return answer
  }

  /// Everything up to the end of the connection.
  func rest() -> String { String(decoding: restBytes(), as: UTF8.self) }

  func restBytes() -> [UInt8] {
    while more() {}
    return received
  }

  private func wait(for mark: [UInt8]) -> Int? {
    var start = 0
    while true {
      while start + mark.count <= received.count {
        if received[start..<start + mark.count].elementsEqual(mark) { return start + mark.count }
        start += 1
      }
      guard more() else { return nil }
    }
  }

  private func more() -> Bool {
    var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard !isAtEnd, unsafe poll(&waiting, 1, 300_000) > 0 else { return false }
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe recv(socket, &chunk, chunk.count, 0)
    wasReset = count < 0 && errno == ECONNRESET
    isAtEnd = count <= 0
    if count > 0 { received += chunk[..<count] }
    return count > 0
  }
}

struct Answer {
  let status: Int
  /// In lower case, in their order.
  let fields: [(name: String, value: String)]
  var content = ""

  init(head: String) {
    let lines = head.split(separator: "\r\n")
    status = lines.first.flatMap { Int($0.dropFirst("HTTP/1.1 ".count).prefix(3)) } ?? 0
    fields = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      return (parts[0].lowercased(), parts[1].drop { $0 == " " }.description)
    }
  }

  subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
