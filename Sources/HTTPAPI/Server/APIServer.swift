import HTTPServer
package import KeyLedger
import LedgerService

/// The service: event loops that verify from memory, and everything else over HTTP.
package final class APIServer: Sendable {
  private let house: House
  private let server: HTTPServer
  private let metrics: HTTPServer?

  /// Starts it. Returns when it takes requests: each loop has folded the log.
  package init(_ configuration: APIConfiguration) throws(Refusal) {
    let address = try APIServer.address(configuration.listen, "--listen")
    guard address.isLoopback || configuration.isPlaintextFine else {
      throw Refusal(
        .badUsage,
        "\(configuration.listen) can be reached from elsewhere, and secrets would travel in the clear: end TLS in front and "
          + "listen on 127.0.0.1, or say --plaintext-ok.")
    }
    for name in configuration.hosts where !HostCheck.isName(name) {
      throw Refusal(.badUsage, "--host is a name alone, such as keys.example.com: any port is admitted with it.")
    }
    let metricsAddress = try configuration.metrics.map { (text) throws(Refusal) in
      try APIServer.address(text, "--metrics")
    }
    HTTPServer.keepMemorySmall()
    let house = try House(configuration)
    self.house = house
    do {
      var serving = HTTPServerConfiguration([address])
      serving.loops = configuration.loops
      let server = try HTTPServer(serving) { _ in try APIApplication(house) }
      self.server = server
      metrics = try metricsAddress.map { address in
        try HTTPServer(HTTPServerConfiguration([address])) { _ in
          MetricsApplication(house) { server.counters }
        }
      }
    } catch {
      house.close()
      throw APIServer.refusal(error)
    }
  }

  /// Where it listens, with the port that the system chose.
  package var address: String { server.addresses[0].description }
  package var metricsAddress: String? { metrics?.addresses[0].description }

  /// What is due: secrets whose grace has passed are destroyed. To be called now and then.
  package func tidy() {
    do throws(Refusal) {
      try house.service.settle()
    } catch {
      house.log.add("What has ended could not be destroyed yet: \(error.message)", at: house.clock.now())
    }
    if let problem = house.service.guardProblem {
      house.log.add("The rollback guard could not be written: \(problem.message)", at: house.clock.now())
    }
  }

  /// Takes no more, answers what was accepted, and returns when all files are closed.
  package func stop() {
    house.streams.close()
    server.stop(within: house.configuration.grace)
    metrics?.stop(within: 0)
    house.close()
  }

  private static func address(_ text: String, _ option: String) throws(Refusal) -> SocketAddress {
    guard let address = SocketAddress(text) else {
      throw Refusal(.badUsage, "\(option) is an address and a port, such as 127.0.0.1:8080 or [::1]:8080.")
    }
    return address
  }

  private static func refusal(_ error: any Error) -> Refusal {
    switch error {
    case let refusal as Refusal: refusal
    case let error as HTTPServerError where error.isAddressInUse:
      Refusal(.busy, "Somebody listens there already: stop them, or choose another port, with --listen or --metrics.")
    default: Refusal(.busy, "The server cannot start: \(error).")
    }
  }
}
