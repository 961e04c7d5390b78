import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// The service itself.
enum ServiceRoutes {
  static let all = [
    Route(.get, "/v1/health", "How the service fares", .read(.seeLedger, health)),
    Route(
      .post, "/v1/session", "Begin a session of the console", body: [.required("token")], success: .created,
      .open(.openSession)),
    Route(.delete, "/v1/session", "End the session", success: .noContent, .open(.closeSession)),
    Route(.get, "/healthz", "Whether the process answers", .open(.healthz)),
    Route(.get, "/readyz", "Whether keys are verified", .open(.readyz)),
    Route(.get, "/openapi.json", "This description", .open(.openAPI)),
  ]

  private static func health(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let journal = call.house.journal.state
    // While they are built, to ask where they stand would be to wait for it.
    let work = call.house.views.work
    let closure = call.house.keeper.index.closure
    // Of a log that was changed there are none.
    let position: UInt64? =
      if let work { work.done } else if closure == nil { try reading.queries.viewsPosition() } else { nil }
    return .json(
      .object([
        JSONMember("ledger", .string(reading.queries.ledgerID.description)),
        JSONMember("head", .integer(Int64(reading.moment.sequence))),
        JSONMember("views", position.map { .integer(Int64($0)) } ?? .null),
        JSONMember(
          "rebuild",
          work.map {
            .object([JSONMember("done", .integer(Int64($0.done))), JSONMember("total", .integer(Int64($0.total)))])
          } ?? .null),
        JSONMember(
          "restored", try reading.queries.restoration().map { .string(SecretMask.text($0.message)) } ?? .null),
        JSONMember(
          "rehash",
          call.house.keeper.progress.map {
            .object([JSONMember("done", .integer(Int64($0.done))), JSONMember("total", .integer(Int64($0.total)))])
          } ?? .null),
        JSONMember("closed", closure.map { .string(SecretMask.text($0.message)) } ?? .null),
        JSONMember("guard", call.house.service.guardProblem.map { .string(SecretMask.text($0.message)) } ?? .null),
        JSONMember(
          "journal",
          .object([
            JSONMember("written", .integer(journal.written)), JSONMember("dropped", .integer(journal.dropped)),
          ])),
        JSONMember("streams", .integer(Int64(call.house.streams.count))),
        JSONMember("as_of", reading.shapes.asOf),
      ]))
  }
}
