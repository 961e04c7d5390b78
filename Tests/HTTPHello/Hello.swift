import Glibc
import HTTPServer

/// The server without a domain, for what is tried on it from outside: slow clients, many clients, load.
///
///     http-hello [LOOPS [SECONDS]]
///
/// Prints where it listens, and ends on SIGTERM. SECONDS is how long a client may keep it waiting for anything.
@main
struct Hello {
  static func main() throws {
    let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    var configuration = HTTPServerConfiguration([SocketAddress("127.0.0.1:0")].compactMap { $0 })
    configuration.loops = numbers.first ?? 1
    if numbers.count > 1 { configuration.timeouts = timeouts(UInt64(numbers[1]) * HTTPTimeouts.second) }
    // Blocked before the loops start, so that they inherit it and `sigwait` below gets it.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGTERM)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    let server = try HTTPServer(configuration) { _ in Greeter() }
    print("listening on \(server.addresses[0])")
    fflush(nil)
    var signal: Int32 = 0
    unsafe sigwait(&signals, &signal)
    server.stop(within: HTTPTimeouts.second)
    print(server.counters)
  }

  private static func timeouts(_ time: UInt64) -> HTTPTimeouts {
    var timeouts = HTTPTimeouts()
    (timeouts.head, timeouts.body, timeouts.idle, timeouts.write) = (time, time, time, time)
    return timeouts
  }
}

/// `/large` is a million bytes, everything else 204.
private final class Greeter: HTTPApplication {
  private let large = [UInt8](repeating: 0x61, count: 1_000_000)

  func turn() {}

  func bodyLimit(_ request: borrowing HTTPRequest) -> Int? { 65_536 }

  func handle(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) {
    let isLarge = request.path.count == 6 && request.path[1] == UInt8(ascii: "l")
    let large = large
    response.begin(isLarge ? .ok : .noContent)
    if isLarge { response.end(large.span) } else { response.end() }
  }

  func refuse(_ refusal: HTTPRefusal, _ response: inout HTTPResponse) {
    response.begin(refusal.status)
    response.end()
  }

  func finished(_ request: borrowing HTTPRequest, _ record: HTTPRecord) {}
}
