import Formats
import KeyLedger
import LedgerService

/// Who could do something between two times.
enum CouldCommand {
  static let spec = CommandSpec(
    path: ["could"], summary: "Show who could do something, and when exactly",
    discussion: [
      "Keys that were valid and held PERMISSION (RESOURCE:read or RESOURCE:write), or users who had a role, at any "
        + "moment from one time until before another. Each interval stands whole, also where it reaches beyond those "
        + "times, with the event that opened it and the event, or the end of a grace, that closed it. A read that a "
        + "write implies counts, and what a key inherits."
    ],
    arguments: [ArgumentSpec(name: "PERMISSION", help: "such as customers:write", isOptional: true)],
    options: [
      .value(
        "role", "ROLE", "users with a role instead of keys with a permission",
        of: .choice(Role.allCases.map(\.rawValue))),
      .value("env", "ENV", "only the keys of an environment", of: .completed(.environments)),
      .value("from", "T", "the first moment (2026-03-01, -7d)", required: true),
      .value("to", "T", "the first moment that does not count", required: true),
    ],
    effect: .reads,
    examples: [
      "keyledger could customers:write --env production --from -30d --to -0s",
      "keyledger could --role owner --from 2026-01-01 --to 2026-04-01",
    ], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let now = session.clock.now()
    let (from, to) = (
      try Point.time(invocation.required("from"), now: now), try Point.time(invocation.required("to"), now: now)
    )
    let role = invocation.choice("role", as: Role.self)
    let environment = invocation.value("env")
    let reading = try session.reading()
    switch (invocation.optionalArgument("PERMISSION"), role) {
    case (let permission?, nil):
      let (holdings, _) = try reading.queries.could(
        permission, environment: environment, from: from, to: to, at: reading.moment)
      return reply(reading.shapes.could(holdings), of: "key", reading)
    case (nil, let role?):
      guard environment == nil else {
        throw Refusal(.badUsage, "A role is one in the whole ledger: leave --env out.", field: "environment")
      }
      return reply(
        reading.shapes.could(try reading.queries.could(role: role, from: from, to: to, at: reading.moment)), of: "user",
        reading)
    case (nil, nil), (_?, _?):
      throw Refusal(.badUsage, "Ask for a PERMISSION such as customers:write, or for --role ROLE: one of them.")
    }
  }

  private static func reply(_ json: JSON, of holder: String, _ reading: Session.Reading) -> Reply {
    let list = json.list("could")
    return .document(
      Document(json: json, list: "could", bare: list.compactMap { $0[holder]?.text("id") }) { page in
        reading.header(page) + (list.isEmpty ? ["Nobody could."] : HoldingView.table(list, of: holder, on: page))
      })
  }
}
