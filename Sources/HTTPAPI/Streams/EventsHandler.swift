import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// `GET /v1/events` in its three forms.
struct EventsHandler {
  let house: House

  private enum Form { case json, ndjson, live }

  func begin(
    _ call: Call, _ request: borrowing HTTPRequest, _ journey: Journey, _ response: inout HTTPResponse
  ) throws(Problem) {
    let form = EventsHandler.form(request)
    let last = request.fields("last-event-id")
    guard last.count <= 1 else { throw .usage("Last-Event-ID stands in the head once.") }
    let resumed = last.count == 1 ? String(validating: request.fieldValue(last.first)) ?? "" : nil
    var filter: EventFilter
    do throws(Refusal) {
      filter = try EventsHandler.filter(call, resumed: form == .live ? resumed : nil)
      if form == .live, call.query["at"] != nil {
        throw Refusal(.badUsage, "What goes on is not as of a past moment: leave at away.", field: "at")
      }
    } catch {
      throw Problem(error)
    }
    if form == .json || call.query["limit"] != nil {
      do throws(Refusal) { filter.limit = try call.query.limit() } catch { throw Problem(error) }
    }
    let wanted = filter
    switch form {
    case .json:
      Errand(journey, call).ask(
        .seeLedger, { (reading, call) throws(Refusal) in try EventsHandler.list(wanted, reading, call) },
        response.later())
    case .ndjson, .live:
      let subscription = Subscription(
        filter: wanted, credential: call.credential, goesOn: try sessionCheck(request),
        point: try EventsHandler.point(call), isLive: form == .live, isHead: request.method == .head)
      house.streams.open(subscription, journey, response.later())
    }
  }

  /// Whether the session that the request came with goes on; without one nothing ends.
  private func sessionCheck(_ request: borrowing HTTPRequest) throws(Problem) -> @Sendable (Instant) -> Bool {
    guard let cookie = try Cookie.find(request) else { return { _ in true } }
    return house.sessions.watch(cookie.span)
  }

  private static func point(_ call: Call) throws(Problem) -> Point? {
    do throws(Refusal) { return try call.point() } catch { throw Problem(error) }
  }

  /// The first of the types that we have and the client names. One with `q=0` is not acceptable (RFC 9110 §12.4.2).
  private static func form(_ request: borrowing HTTPRequest) -> Form {
    let match = request.fields("accept")
    guard match.count > 0, let accept = String(validating: request.fieldValue(match.first)) else { return .json }
    for part in Array(accept.utf8).split(separator: UInt8(ascii: ",")) {
      let words = part.filter { $0 != UInt8(ascii: " ") }.split(separator: UInt8(ascii: ";"))
      guard let type = words.first, !words.dropFirst().contains(where: isNaught) else { continue }
      if type.elementsEqual("text/event-stream".utf8) { return .live }
      if type.elementsEqual("application/x-ndjson".utf8) { return .ndjson }
      if type.elementsEqual("application/json".utf8) { return .json }
    }
    return .json
  }

  /// `q=0`, with at most three noughts behind a point.
  private static func isNaught(_ parameter: some Collection<UInt8>) -> Bool {
    let weight = parameter.dropFirst(2)
    return parameter.prefix(2).elementsEqual("q=".utf8) && !weight.isEmpty
      && weight.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
  }

  private static func filter(_ call: Call, resumed: String?) throws(Refusal) -> EventFilter {
    let query = call.query
    var filter = EventFilter(
      after: try query.number("after") ?? 0, environment: query["environment"], key: query["key"], type: query["type"],
      actor: query["actor"])
    filter.since = try query.time("since", now: call.now)
    filter.until = try query.time("until", now: call.now)
    if let resumed {
      guard let number = Decimal.parse(resumed) else {
        throw Refusal(.badUsage, "Last-Event-ID is the number of an event.")
      }
      filter.after = UInt64(number)
    }
    return filter
  }

  private static func list(_ filter: EventFilter, _ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let records = try reading.queries.records(filter, at: reading.moment).records
    var writer = JSONWriter(capacity: 1_024)
    writer.beginObject()
    writer.member("events")
    writer.beginArray()
    for record in records { writer.raw(record.bytes) }
    writer.endArray()
    writer.member("as_of")
    writer.value(reading.shapes.asOf)
    writer.endObject()
    return Answer(status: .ok, body: .json(writer.bytes))
  }
}
