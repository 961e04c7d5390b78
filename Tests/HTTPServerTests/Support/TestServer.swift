import HTTPServer

/// A server on a port of its own, stopped when it is let go.
final class TestServer: Sendable {
  let desk = TestApplication.Desk()
  let server: HTTPServer

  init(loops: Int = 1, _ configure: (inout HTTPServerConfiguration) -> Void = { _ in }) throws {
    var configuration = HTTPServerConfiguration([SocketAddress("127.0.0.1:0")].compactMap { $0 })
    configuration.loops = loops
    configure(&configuration)
    server = try HTTPServer(configuration) { [desk] _ in TestApplication(desk) }
  }

  var port: UInt16 { server.addresses[0].port }

  func client() -> Client { Client(port: port) }

  deinit { server.stop(within: 0) }
}
