import KeyLedger
import LedgerService

/// What changed between two points in history.
enum DiffCommand {
  static let spec = CommandSpec(
    path: ["diff"], summary: "Show what changed between two points, key by key",
    discussion: [
      "Compared is what the key table shows at each point, removed keys included. A grace that passed in between is a "
        + "change too, and has no event. A key is added, changed, ended (it was valid and is no longer) or removed (its "
        + "integration was disconnected)."
    ],
    options: [
      .value("from", "POINT", "the first: a time (2026-03-01, -7d) or an event (1204)", required: true),
      .value("to", "POINT", "the second", required: true),
      .value("env", "ENV", "only the keys of an environment", of: .completed(.environments)),
    ],
    effect: .reads,
    examples: ["keyledger diff --from -7d --to -0s", "keyledger diff --from 1204 --to 1310 --env production"], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let now = session.clock.now()
    let (from, to) = (
      try Point.parse(invocation.required("from"), now: now), try Point.parse(invocation.required("to"), now: now)
    )
    let reading = try session.reading()
    let queries = reading.queries
    let diff = try queries.diff(from: from, to: to, environment: invocation.value("env"), at: reading.moment)
    let json = Shapes.diff(
      diff, from: try Shapes(queries, at: diff.from), to: try Shapes(queries, at: diff.to))
    let keys = json.list("keys")
    return .document(
      Document(json: json, list: "keys", bare: keys.map { $0.text("key") }) { page in
        DiffView.header(json, on: page) + (keys.isEmpty ? ["Nothing changed."] : DiffView.table(keys, on: page))
      })
  }
}
