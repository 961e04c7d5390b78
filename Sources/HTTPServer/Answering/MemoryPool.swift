/// Memory of connections that have nothing to read or to send, for those that have. The one given last is taken first: it
/// is still in the processor's cache.
struct MemoryPool {
  /// Bytes that a connection begins to read or write with.
  static let standard = 4_096
  /// What has grown beyond is let go. Up to here it is kept: whoever sends many requests at once does so again.
  private static let largest = 4 * standard
  /// More than so many are let go.
  private static let most = 256

  private let limits: HTTPLimits
  private var readers: [RequestReader] = []
  private var storages: [[UInt8]] = []

  init(limits: HTTPLimits) {
    self.limits = limits
  }

  /// Makes room for a request where there is none.
  mutating func lend(to connection: Connection) {
    if connection.reader == nil {
      let buffer = { ByteBuffer(storage: [UInt8](repeating: 0, count: Self.standard)) }
      connection.reader = readers.popLast() ?? RequestReader(limits: limits, buffer: buffer())
    }
    if connection.output.capacity == 0 {
      let storage = storages.popLast() ?? [UInt8](repeating: 0, count: Self.standard)
      connection.output = ByteBuffer(storage: storage)
    }
  }

  /// Takes back what the connection does not need now.
  mutating func collect(from connection: Connection) {
    if connection.output.isEmpty, connection.output.capacity > 0 {
      var output = connection.takeOutput()
      let storage = output.takeStorage()
      if storage.count <= Self.largest, storages.count < Self.most { storages.append(storage) }
    }
    if let reader = connection.takeIdleReader(), reader.buffer.capacity <= Self.largest, readers.count < Self.most {
      readers.append(reader)
    }
  }
}

extension Connection {
  /// The reader, if nothing of a request is in it.
  fileprivate func takeIdleReader() -> RequestReader? {
    guard let idle = reader, idle.stage == .nothingYet, idle.buffer.isEmpty else { return nil }
    reader = nil
    return idle
  }
}
