import HTTPServer
import LedgerService
import Synchronization

/// What the service has counted, for Prometheus. Labels come from closed sets alone.
final class APIMetrics: Sendable {
  private let gate = (0..<Gate.allCases.count).map { _ in Counter() }
  private let verification = Histogram()
  private let changes = Histogram()
  private let views = Histogram()
  private let requests = Mutex<[Request: UInt64]>([:])

  private enum Gate: Int, CaseIterable {
    case letIn, unauthorized, forbidden, malformed, misdirected, unavailable

    var label: String {
      switch self {
      case .letIn: "valid"
      case .unauthorized: "unauthorized"
      case .forbidden: "forbidden"
      case .malformed: "malformed"
      case .misdirected: "misdirected"
      case .unavailable: "unavailable"
      }
    }
  }

  private struct Request: Hashable {
    let route: String
    let method: String
    let status: Int
  }

  func count(_ verdict: GateHandler.Verdict) {
    let gate: Gate =
      switch verdict {
      case .letIn: .letIn
      case .unauthorized: .unauthorized
      case .forbidden: .forbidden
      case .malformed: .malformed
      case .misdirected: .misdirected
      case .unavailable: .unavailable
      }
    self.gate[gate.rawValue].add()
  }

  /// - Parameter nanoseconds: until a gateway's answer had left.
  func observeGate(_ nanoseconds: UInt64) { verification.observe(nanoseconds) }

  /// - Parameter nanoseconds: until the writer had appended, or refused.
  func observeChange(_ nanoseconds: UInt64) { changes.observe(nanoseconds) }

  /// - Parameter nanoseconds: until views that lacked events, or all of them, had come to the head of the log.
  func observeViews(_ nanoseconds: UInt64) { views.observe(nanoseconds) }

  func count(_ route: Route?, _ method: HTTPMethod, _ status: HTTPStatus) {
    let request = Request(
      route: route?.pattern ?? "none", method: method.name.description, status: status.rawValue)
    requests.withLock { $0[request, default: 0] += 1 }
  }

  /// The text format, version 0.0.4.
  func text(_ house: House, _ server: HTTPCounters) -> String {
    var text = MetricsText()
    text.family("keyledger_authorizations_total", "counter", "Gateways' questions by what they were answered.")
    for gate in Gate.allCases {
      text.sample("keyledger_authorizations_total", "{answer=\"\(gate.label)\"}", self.gate[gate.rawValue].value)
    }
    text.family("keyledger_requests_total", "counter", "Requests to the API by route, method and status.")
    let counts = requests.withLock { $0 }
    for (request, count) in counts.sorted(by: {
      ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
    }) {
      let labels = "{route=\"\(request.route)\",method=\"\(request.method)\",status=\"\(request.status)\"}"
      text.sample("keyledger_requests_total", labels, count)
    }
    text.histogram("keyledger_authorization_seconds", "Time from a gateway's question to its answer.", verification)
    text.histogram("keyledger_change_seconds", "Time from a change's request to its durable append.", changes)
    text.histogram("keyledger_views_seconds", "Time in which views came to the head, or were rebuilt.", views)
    let journal = house.journal.state
    text.counter(
      "keyledger_journal_written_total", "Operations written to the access journal.", UInt64(journal.written))
    text.counter("keyledger_journal_dropped_total", "Operations that the journal lost.", UInt64(journal.dropped))
    text.counter("keyledger_connections_total", "Connections accepted.", server.accepted)
    text.counter("keyledger_refused_total", "Requests that were no HTTP of ours.", server.refused)
    text.counter("keyledger_timeouts_total", "Connections whose time was up.", server.timeouts)
    text.counter("keyledger_received_bytes_total", "Bytes received.", server.bytesIn)
    text.counter("keyledger_sent_bytes_total", "Bytes sent.", server.bytesOut)
    text.gauge("keyledger_connections", "Connections that are open.", server.accepted &- server.closed)
    text.gauge("keyledger_questions_waiting", "Questions that wait for a thread.", UInt64(house.questions.waiting))
    text.gauge("keyledger_streams", "Live streams.", UInt64(house.streams.count))
    return text.text
  }
}

/// A number that only grows; any thread may add.
final class Counter: Sendable {
  private let count = Atomic<UInt64>(0)

  func add(_ count: UInt64 = 1) { self.count.wrappingAdd(count, ordering: .relaxed) }
  var value: UInt64 { count.load(ordering: .relaxed) }
}

/// Durations by powers of two from 1 µs to 8 s.
final class Histogram: Sendable {
  static let bounds = (0..<24).map { UInt64(1_000) << UInt64($0) }
  private let buckets = (0...24).map { _ in Counter() }
  private let sum = Counter()

  func observe(_ nanoseconds: UInt64) {
    let micro = (nanoseconds + 999) / 1_000
    let index = micro <= 1 ? 0 : UInt64.bitWidth - (micro - 1).leadingZeroBitCount
    buckets[min(index, Histogram.bounds.count)].add()
    sum.add(nanoseconds)
  }

  /// How many took at most the bound, for each bound and without one, and how long all took.
  var snapshot: (cumulative: [UInt64], sum: UInt64) {
    var total: UInt64 = 0
    let cumulative = buckets.map { bucket in
      total += bucket.value
      return total
    }
    return (cumulative, sum.value)
  }
}

/// Prometheus' exposition format.
struct MetricsText {
  private(set) var text = ""

  mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  mutating func sample(_ name: String, _ labels: String, _ value: UInt64) { text += "\(name)\(labels) \(value)\n" }

  mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
    family(name, "counter", help)
    sample(name, "", value)
  }

  mutating func gauge(_ name: String, _ help: String, _ value: UInt64) {
    family(name, "gauge", help)
    sample(name, "", value)
  }

  mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
    family(name, "histogram", help)
    let (cumulative, sum) = histogram.snapshot
    for (bound, count) in zip(Histogram.bounds, cumulative) {
      sample(name + "_bucket", "{le=\"\(MetricsText.seconds(bound))\"}", count)
    }
    let count = cumulative.last ?? 0
    sample(name + "_bucket", "{le=\"+Inf\"}", count)
    text += "\(name)_sum \(MetricsText.seconds(sum))\n"
    sample(name + "_count", "", count)
  }

  /// Nanoseconds as seconds.
  private static func seconds(_ nanoseconds: UInt64) -> String {
    let fraction = String(nanoseconds % 1_000_000_000)
    return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
  }
}
