import Formats
import Glibc
import HTTPAPI
import KeyLedger
import LedgerService

/// The service.
enum ServeCommand {
  static let spec = CommandSpec(
    path: ["serve"], summary: "Serve verification and everything else over HTTP, until Ctrl-C or SIGTERM",
    discussion: [
      "It speaks plain HTTP: TLS ends in front of it. Its log is lines of JSON on standard error; the access journal has "
        + "what gateways asked."
    ],
    options: [
      .value("listen", "ADDRESS", "where to listen; 127.0.0.1:8080 by default"),
      .value("metrics", "ADDRESS", "where Prometheus finds GET /metrics; nowhere by default"),
      .value("host", "NAME", "a name beside loopback by which it is reached", repeats: true),
      .value("threads", "N", "event loops, 1 to 64; one for each core by default"),
      .value("change-rate", "N", "changes a second that one API key may make; 20 by default"),
      .value("change-burst", "N", "changes that one API key may make at once; 200 by default"),
      .flag("plaintext-ok", "listen where others can hear: only with TLS in front"),
    ],
    effect: .maintains,
    examples: ["keyledger serve", "keyledger serve --listen 0.0.0.0:8080 --host keys.example.com --plaintext-ok"],
    run: run)

  private static let threadLimits = 1...64
  private static let changeLimits = 1...1_000_000
  /// Between two looks for a signal. Microseconds.
  private static let pause: UInt32 = 20_000
  /// Between two looks for what is due, in pauses: a minute.
  private static let tidyPauses = 3_000

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    var configuration = APIConfiguration(directory: session.directory)
    configuration.listen = invocation.value("listen") ?? configuration.listen
    configuration.metrics = invocation.value("metrics")
    configuration.hosts = invocation.words("host")
    configuration.isPlaintextFine = invocation.has("plaintext-ok")
    configuration.loops = try number(invocation, "threads", threadLimits) ?? cores
    configuration.changesPerSecond =
      try number(invocation, "change-rate", changeLimits) ?? configuration.changesPerSecond
    configuration.changeBurst = try number(invocation, "change-burst", changeLimits) ?? configuration.changeBurst
    allowDescriptors()
    // Whoever reads our log may go away; that is no reason to stop.
    _ = signal(SIGPIPE, SIG_IGN)
    Interruption.askFirst()
    let server = try APIServer(configuration)
    Output.remark("Serving on http://\(server.address)")
    // A line for people; whoever starts it for a machine reads the one above.
    if session.terminal.isError {
      Output.remark(
        "The console: http://\(server.address)/ takes a user's token; `keyledger user token HANDLE` issues one.")
    }
    if let address = server.metricsAddress { Output.remark("Metrics on http://\(address)/metrics") }
    var pauses = 0
    while !Interruption.wasAsked {
      usleep(pause)
      pauses += 1
      if pauses.isMultiple(of: tidyPauses) { server.tidy() }
    }
    server.stop()
    return .written(.done)
  }

  private static var cores: Int { min(max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1), threadLimits.upperBound) }

  private static func number(
    _ invocation: Invocation, _ option: String, _ limits: ClosedRange<Int>
  ) throws(Refusal) -> Int? {
    guard let text = invocation.value(option) else { return nil }
    guard let number = Decimal.parse(text), limits.contains(Int(number)) else {
      throw Refusal(.badUsage, "--\(option) is \(limits.lowerBound) to \(limits.upperBound).")
    }
    return Int(number)
  }

  /// As many descriptors as we may have: each connection is one, and the usual 1,024 are soon gone.
  private static func allowDescriptors() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // Where it is refused we do with what there is: the idle make room for the new.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
