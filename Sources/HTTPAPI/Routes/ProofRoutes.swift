import HTTPServer
import KeyLedger
import LedgerService

/// Proofs that others check without this ledger. Before one leaves, the head of the log is kept as what was shown.
enum ProofRoutes {
  static let checkpointPattern = "/v1/checkpoint"

  static let all = [
    Route(.get, checkpointPattern, "The checkpoint of the log, as text", query: [.at], .read(.seeLedger, checkpoint)),
    Route(
      .get, "/v1/proofs/inclusion", "That an event is in the log",
      query: [
        QueryField("sequence", .number(1), "the number of the event", isRequired: true),
        QueryField("size", .number(1), "in the log of so many events; all that there are by default"),
      ], .read(.seeLedger, inclusion)),
    Route(
      .get, "/v1/proofs/consistency", "That the log only grew",
      query: [
        QueryField("from", .number(1), "the size of the older log", isRequired: true),
        QueryField("to", .number(1), "the size of the newer; all events that there are by default"),
      ], .read(.seeLedger, consistency)),
  ]

  private static func checkpoint(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    .text(try reading.queries.checkpointText(at: reading.moment))
  }

  private static func inclusion(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    guard let sequence = try call.query.number("sequence") else {
      throw Refusal(.badUsage, "sequence is missing.", field: "sequence")
    }
    let size = try call.query.number("size") ?? reading.moment.sequence
    return .json(Shapes.inclusion(try reading.queries.inclusion(of: sequence, size: size)))
  }

  private static func consistency(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    guard let from = try call.query.number("from") else {
      throw Refusal(.badUsage, "from is missing.", field: "from")
    }
    let to = try call.query.number("to") ?? reading.moment.sequence
    return .json(Shapes.consistency(try reading.queries.consistency(from: from, to: to)))
  }
}
