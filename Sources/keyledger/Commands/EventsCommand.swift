import EventLog
import Formats
import KeyLedger
import LedgerService

/// The log itself, in order.
enum EventsCommand {
  static let spec = CommandSpec(
    path: ["events"], summary: "Show the log in order, filtered, or follow it live",
    discussion: ["As ndjson it prints each record exactly as it is stored, a line each."],
    options: [
      .value("after", "N", "only events with a greater number"), .value("limit", "N", "at most so many"),
      .value("env", "ENV", "only of an environment and its keys", of: .completed(.environments)),
      .value("key", "KEY", "only of a key", of: .completed(.keys)),
      .value("type", "TYPE", "only of a type", of: .suggestion(RecordCodec.types)),
      .value("actor", "ACTOR", "only by user:HANDLE_OR_ID, key:ID, operator:NAME or system"),
      .value("since", "T", "from a time on (2026-03-01, -24h)"), .value("until", "T", "before a time"),
      .flag("follow", "then every new one as it is appended, until Ctrl-C"),
    ],
    effect: .reads, offTerminal: .ndjson,
    examples: [
      "keyledger events --env production --since -7d", "keyledger events --type key.revoked --output ndjson",
      "keyledger events --follow",
    ], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    var filter = EventFilter(
      environment: invocation.value("env"), key: invocation.value("key"), type: invocation.value("type"),
      actor: invocation.value("actor"))
    filter.after = UInt64(try number("after", invocation) ?? 0)
    filter.limit = try number("limit", invocation)
    filter.since = try time("since", invocation, session)
    filter.until = try time("until", invocation, session)
    if invocation.has("follow") {
      try follow(filter, invocation, session)
    } else {
      try print(filter, session)
    }
    return .written(.done)
  }

  private static func number(_ option: String, _ invocation: Invocation) throws(Refusal) -> Int? {
    guard let text = invocation.value(option) else { return nil }
    guard let number = Decimal.parse(text) else { throw Refusal(.badUsage, "--\(option) is a number.") }
    return Int(number)
  }

  private static func time(_ option: String, _ invocation: Invocation, _ session: Session) throws(Refusal) -> Instant? {
    guard let text = invocation.value(option) else { return nil }
    return try Point.time(text, now: session.clock.now())
  }

  private static func print(_ filter: EventFilter, _ session: Session) throws(Refusal) {
    let reading = try session.reading()
    let printer = EventPrinter(session)
    printer.begin(header: reading.header(session.page))
    try refusing { try reading.queries.events(filter, at: reading.moment) { printer.add(Array(copying: $1)) } }
    printer.end(asOf: reading.shapes.asOf)
  }

  private static func follow(_ filter: EventFilter, _ invocation: Invocation, _ session: Session) throws(Refusal) {
    guard !invocation.has("at"), !invocation.has("replay") else {
      throw Refusal(.badUsage, "--follow shows what happens from now on: --at and --replay mean nothing to it.")
    }
    guard session.format != .json || session.isQuiet else {
      throw Refusal(.badUsage, "--follow has no end, so it can't be one JSON document; use --output ndjson.")
    }
    let queries = try session.queries()
    // Said before it begins, as it has no end.
    if let warning = try session.restoredWarning() { Output.remark(warning) }
    let printer = EventPrinter(session, isLive: true)
    printer.begin(header: [])
    try refusing {
      try queries.follow(filter, isCancelled: { Interruption.wasAsked }) { printer.add(Array(copying: $1)) }
    }
    printer.flush()
  }

  /// What goes wrong while reading is a refusal; printing ends the process by itself.
  private static func refusing(_ body: () throws -> Void) throws(Refusal) {
    do {
      try body()
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      preconditionFailure("the queries throw refusals only")
    }
  }
}

/// Prints records as they come, however many.
private final class EventPrinter {
  private let session: Session
  private let isLive: Bool
  private var waiting: [JSON] = []
  private var bytes: [UInt8] = []
  /// Columns only grow, so that what follows stands beneath what came before.
  private var widths: [Int] = []
  private var isFirst = true

  /// Nobody knows what will come: room for what usually does.
  private static let liveWidths = [5, 20, 23, 41, 20, 40]
  /// Records that one piece of a table is laid out for.
  private static let batch = 1_000
  private static let bufferBytes = 64 << 10

  init(_ session: Session, isLive: Bool = false) {
    self.session = session
    self.isLive = isLive
    if isLive { widths = EventPrinter.liveWidths }
  }

  func begin(header: [String]) {
    if session.isQuiet { return }
    switch session.format {
    case .table: Output.result(header)
    case .json: bytes += Array("{\"events\":[".utf8)
    case .ndjson: break
    }
  }

  /// Always true: it wants more.
  func add(_ record: [UInt8]) -> Bool {
    let isPlain = session.format != .table && !session.isQuiet
    if isPlain {
      if session.format == .json { bytes += Array((isFirst ? "\n" : ",\n").utf8) }
      bytes += record
      if session.format == .ndjson { bytes.append(UInt8(ascii: "\n")) }
      isFirst = false
    } else if let json = try? JSON(parsing: record) {
      waiting.append(json)
    } else {
      preconditionFailure("a record that is no JSON")
    }
    if isLive || bytes.count >= EventPrinter.bufferBytes || waiting.count >= EventPrinter.batch { flush() }
    return true
  }

  func flush() {
    if session.isQuiet {
      Output.result(waiting.map { $0.text("id") })
    } else if !waiting.isEmpty {
      let lines = EventView.table(waiting, session.people, on: session.page, widths: &widths)
      Output.result(isFirst ? lines : Array(lines.dropFirst()))
      isFirst = false
    }
    if !bytes.isEmpty { Output.result(bytes) }
    waiting = []
    bytes = []
  }

  func end(asOf: JSON) {
    if session.format == .json && !session.isQuiet {
      bytes += Array((isFirst ? "],\"as_of\":" : "\n],\"as_of\":").utf8) + asOf.line() + Array("}\n".utf8)
    }
    flush()
    if isFirst && session.format == .table && !session.isQuiet { Output.result(["No such event."]) }
  }
}
